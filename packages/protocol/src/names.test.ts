import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  documentName,
  feedRoot,
  logName,
  MAX_SEGMENT,
  parseDocumentName,
  parseFeedRoot,
  parseLogName,
} from './documents.js';
import { DecodeError } from './errors/decode-error.js';
import type { ConversationId, DeviceId } from './ids.js';
import { idBytes, idFromBytes, parseId, randomId } from './ids.js';

const test = suite('ids, logs, documents, feeds');
const owner = randomId<ConversationId>();
const device = randomId<DeviceId>();

function refuses(read: (text: string) => unknown, texts: readonly string[]): void {
  for (const text of texts)
    assert.throws(
      () => read(text),
      (error: unknown) => error instanceof DecodeError,
      text,
    );
}

test('[D1] an id is 16 bytes with one spelling', () => {
  assert.is(owner.length, 22);
  assert.is(idFromBytes(idBytes(owner)), owner);
  assert.is(parseId(owner), owner);
  refuses(parseId, [
    '',
    'short',
    `${owner}A`,
    owner.slice(1),
    `${owner.slice(0, 21)}B`,
    `${owner.slice(0, 21)}=`,
  ]);
  assert.throws(() => idFromBytes(new Uint8Array(15)), RangeError);
});

test('[D1] log names', () => {
  for (const kind of ['m', 's', 'r', 'a', 'k', 'i'] as const) {
    const name = logName(kind, owner);
    assert.equal(parseLogName(name), { name, log: { kind, owner } });
  }
  refuses(parseLogName, [
    '',
    '.',
    'm',
    'm.',
    `x.${owner}`,
    `mm.${owner}`,
    `m.${owner}.0`,
    `m.${owner}.`,
    `.${owner}`,
    'm.abc',
  ]);
});

test('[D2] document names', () => {
  const log = logName('m', owner);
  for (const segment of [0, 1, 255, MAX_SEGMENT])
    assert.equal(parseDocumentName(documentName(log, segment)), {
      name: `${log}.${segment}`,
      log,
      document: { log: { kind: 'm', owner }, segment },
    });
  refuses(parseDocumentName, [
    '',
    '0',
    log,
    `${log}.`,
    `${log}.00`,
    `${log}.01`,
    `${log}.-1`,
    `${log}.1e3`,
    `${log}.1000000`,
    `${log}. 1`,
    `${log}.1.1`,
    `x.${owner}.1`,
    `${log}.1\n`,
  ]);
  for (const segment of [-1, 0.5, MAX_SEGMENT + 1, Number.NaN])
    assert.throws(() => documentName(log, segment), RangeError);
});

test('[D3] feed roots', () => {
  for (const client of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER])
    assert.equal(parseFeedRoot(feedRoot(device, client)), { device, client });
  refuses(parseFeedRoot, [
    '',
    'f',
    `f.${device}`,
    `f.${device}.`,
    `f.${device}.01`,
    `f.${device}.1.1`,
    `g.${device}.1`,
    `f.${device}.9007199254740992`,
    'f.short.1',
    `f.${device}.1\n`,
  ]);
});

test.run();

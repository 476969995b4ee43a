import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as v from 'valibot';
import { decodeCbor, encodeCbor } from './bytes/cbor.js';
import { decodeSignedDeviceList } from './device-list.js';
import { parseDocumentName, parseFeedRoot, parseLogName } from './documents.js';
import { DecodeError } from './errors/decode-error.js';
import { parseId } from './ids.js';
import { decodeDeviceFrame, encodeDeviceFrame } from './sync/device-frames.js';
import { packFrames, unpackFrames } from './sync/messages.js';
import { decodeServerFrame, encodeServerFrame } from './sync/server-frames.js';
import { decodeYjsMessage, encodeYjsMessage } from './sync/yjs-message.js';
import { DOCUMENT, LOG, randomWriters } from './testing/feeds.js';
import { DEVICE_FRAMES, OTHER_NOTICES, SERVER_FRAMES } from './testing/frames.js';
import type { SeededRandom } from './testing/seeded-random.js';
import { seededRandom } from './testing/seeded-random.js';
import { joinUpdate } from './update/join.js';
import { ANSWER, parseUpdate } from './update/parse-update.js';
import { decodeStateVector, encodeStateVector } from './update/state-vector.js';

const test = suite('fuzz');
const ROUNDS = 3_000;

/** Valid bytes with a few of them flipped, cut, doubled, put in or replaced by what integers are misread at. */
function mutate(random: SeededRandom, valid: Uint8Array): Uint8Array {
  const bytes = [...valid];
  for (let change = random.int(4); change >= 0; change -= 1) {
    const at = random.int(bytes.length + 1);
    const kind = random.int(6);
    if (kind === 0) bytes[at % Math.max(1, bytes.length)] = random.int(256);
    else if (kind === 1) bytes.splice(at, 1 + random.int(4));
    else if (kind === 2) bytes.splice(at, 0, ...random.bytes(1 + random.int(4)));
    else if (kind === 3) bytes.length = at;
    else if (kind === 4) bytes.splice(at, 0, ...bytes.slice(at, at + random.int(16)));
    else
      bytes.splice(
        at,
        1,
        ...random.pick([
          [0xff, 0xff, 0xff, 0xff, 0x0f],
          [0x80, 0],
          [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
        ]),
      );
  }
  return Uint8Array.from(bytes);
}

/** Decodes mutations of valid bytes. What is accepted must encode to the same bytes again where that is claimed. */
function fuzz<T>(
  title: string,
  valid: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => T,
  encode?: (value: T) => Uint8Array,
) {
  test(`${title}: only ever DecodeError`, () => {
    const random = seededRandom(title);
    let refused = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const bytes = mutate(random, random.pick(valid));
      let value: T;
      try {
        value = decode(bytes);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        refused += 1;
        continue;
      }
      if (encode) assert.equal(encode(value), bytes, `seed ${random.seed} round ${round}`);
    }
    assert.ok(refused > 0, 'no mutation was ever refused');
  });
}

const updates = [1, 2, 3].map((count) =>
  joinUpdate(
    randomWriters(seededRandom('updates to mutate'), count, 3).flatMap((writer) =>
      writer.updates.flatMap((update) => parseUpdate(update, DOCUMENT, ANSWER)[0]!.records),
    ),
  ),
);

fuzz('[W3] device frames', DEVICE_FRAMES.map(encodeDeviceFrame), decodeDeviceFrame, encodeDeviceFrame);
fuzz(
  '[W3] server frames',
  [...SERVER_FRAMES, ...OTHER_NOTICES].map(encodeServerFrame),
  decodeServerFrame,
  encodeServerFrame,
);
fuzz('[W1] messages', [packFrames(DEVICE_FRAMES.map(encodeDeviceFrame))], unpackFrames, packFrames);
fuzz(
  '[W3] yjs messages',
  [encodeYjsMessage({ step: 'update', payload: updates[0]! })],
  decodeYjsMessage,
  encodeYjsMessage,
);
fuzz(
  '[U1] updates',
  updates,
  (bytes) => parseUpdate(bytes, DOCUMENT, ANSWER),
  (runs) => joinUpdate(runs.flatMap((run) => run.records)),
);
fuzz(
  '[U6] state vectors',
  [
    encodeStateVector(
      new Map([
        [1, 2],
        [2 ** 40, 3],
      ]),
    ),
  ],
  decodeStateVector,
);
fuzz(
  '[D6] CBOR',
  [encodeCbor({ a: [1, -1, 15, 'x', null, true], b: new Uint8Array(9), c: { d: {} } })],
  (bytes) => decodeCbor(v.unknown(), bytes),
);
fuzz(
  '[K1] device lists',
  [encodeCbor({ body: new Uint8Array(40), signature: new Uint8Array(64) })],
  decodeSignedDeviceList,
);

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const ascii = (name: string) => Uint8Array.from(name, (character) => character.charCodeAt(0));
const root = randomWriters(seededRandom('a root to mutate'), 1, 1)[0]!.root;
fuzz('[D1] ids', [ascii(LOG.slice(2))], (bytes) => parseId(text(bytes)));
fuzz('[D1] log names', [ascii(LOG)], (bytes) => parseLogName(text(bytes)));
fuzz('[D2] document names', [ascii(DOCUMENT)], (bytes) => parseDocumentName(text(bytes)));
fuzz('[D3] feed roots', [ascii(root)], (bytes) => parseFeedRoot(text(bytes)));

test.run();

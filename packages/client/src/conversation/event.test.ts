import { type DeviceId, encodeCbor, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isConversationError } from './errors.js';
import {
  createMessage,
  createReceipt,
  decodeEvent,
  encodeEvent,
  eventHash,
  MAX_WATERMARKS,
} from './event.js';
import { fuzzDecoder } from './fuzz-decoder.js';
import { decodeText, encodeText, MAX_TEXT_BYTES, textBytes } from './text.js';
import { TEXT_CORPUS } from './text-corpus.js';

const test = suite('event');
const clock = { wall: 1_760_000_000_000, counter: 3 };

function code(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (isConversationError(error)) return error.code;
    throw error;
  }
  return undefined;
}

test('X4 every text comes back byte for byte', () => {
  for (const text of TEXT_CORPUS) {
    const event = createMessage({ text, clock });
    const decoded = decodeEvent(encodeEvent(event));
    assert.equal(decoded, event);
    assert.is(textBytes(text), new TextEncoder().encode(text).length);
  }
  assert.ok(TEXT_CORPUS.some((text) => textBytes(text) >= 20_000));
});

test('X4 text is bounded in bytes, not characters', () => {
  assert.is(encodeText('\u00df'.repeat(MAX_TEXT_BYTES / 2)).length, MAX_TEXT_BYTES);
  assert.is(
    code(() => encodeText('\u00df'.repeat(MAX_TEXT_BYTES / 2 + 1))),
    'conversation/text-too-long',
  );
  assert.is(
    code(() => createMessage({ text: 'x'.repeat(MAX_TEXT_BYTES + 1), clock })),
    'conversation/text-too-long',
  );
  assert.is(
    code(() => decodeText(new Uint8Array(MAX_TEXT_BYTES + 1))),
    'conversation/text-too-long',
  );
});

test('X4 half a surrogate pair is refused at composing, not replaced', () => {
  for (const text of ['\ud83d', 'a\udc69', '\udc69\ud83d', 'ok \ud83d\udc69 then \ud83d'])
    assert.is(
      code(() => createMessage({ text, clock })),
      'conversation/text-malformed',
    );
});

test('X4 bytes that are not UTF-8 are refused, not replaced', () => {
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]])
    assert.is(
      code(() => decodeText(Uint8Array.from(bytes))),
      'conversation/malformed',
    );
});

test('X4 a receipt comes back, nothing read included', () => {
  const watermarks = [
    { device: randomId<DeviceId>(), generation: 0, delivered: 0, read: -1 },
    { device: randomId<DeviceId>(), generation: 3, delivered: 70_000, read: 69_999 },
  ];
  const event = createReceipt({ watermarks, clock });
  assert.equal(decodeEvent(encodeEvent(event)), event);
  const many = Array.from({ length: MAX_WATERMARKS + 1 }, () => watermarks[0]!);
  assert.is(
    code(() => createReceipt({ watermarks: many, clock })),
    'conversation/too-large',
  );
});

test('X4 a receipt that claims more read than delivered is refused', () => {
  const mark = { device: randomId<DeviceId>(), generation: 0, delivered: 1, read: 2 };
  assert.is(
    code(() => decodeEvent(encodeEvent(createReceipt({ watermarks: [mark], clock })))),
    'conversation/malformed',
  );
});

test('X4 an unknown type is kept apart, not refused; unknown fields of a known body are passed over', () => {
  const id = new Uint8Array(16);
  const later = decodeEvent(encodeCbor([id, 'reaction', [1, 2], { to: id, with: 'x' }]));
  assert.is(later.type, 'unknown');
  assert.is(later.type === 'unknown' && later.name, 'reaction');
  const message = decodeEvent(encodeCbor([id, 'message', [1, 2], { text: encodeText('hi'), reply: id }]));
  assert.equal(message.type === 'message' && message.body, { text: 'hi' });
});

test('X4 shapes that no program writes are refused', () => {
  const id = new Uint8Array(16);
  const body = { text: encodeText('hi') };
  for (const value of [
    [id, 'message', [1, 2]],
    [id, 'message', [1, 2], body, 0],
    [id.subarray(1), 'message', [1, 2], body],
    [id, 'Message', [1, 2], body],
    [id, 'message', [1, -2], body],
    [id, 'message', [1, 2 ** 24], body],
    [id, 'message', [9e15, 2], body],
    [id, 'message', [1, 2], { text: 'not bytes' }],
    [id, 'message', [1, 2], {}],
    [id, 'later', [1, 2], [body]],
    [id, 'later', [1, 2], id],
    { id },
  ])
    assert.is(
      code(() => decodeEvent(encodeCbor(value))),
      'conversation/malformed',
      JSON.stringify(value),
    );
});

test('X4 the hash of an event follows each of its bytes', () => {
  const bytes = encodeEvent(createMessage({ text: 'one', clock }));
  const seen = new Set<string>();
  for (let at = 0; at < bytes.length; at++) {
    const changed = new Uint8Array(bytes);
    changed[at]! ^= 1;
    seen.add(eventHash(changed).join());
  }
  seen.add(eventHash(bytes).join());
  assert.is(seen.size, bytes.length + 1);
  assert.is(eventHash(bytes).length, 16);
});

test('X4 fuzz: an event decodes or is refused with a typed error', async () => {
  const mark = { device: randomId<DeviceId>(), generation: 0, delivered: 2, read: 2 };
  const message = encodeEvent(createMessage({ text: TEXT_CORPUS[9]!, clock }));
  const receipt = encodeEvent(createReceipt({ watermarks: [mark, mark], clock }));
  for (const bytes of [message, receipt]) {
    const { refused } = await fuzzDecoder('event', bytes, decodeEvent, 1_500);
    assert.ok(refused > 300);
  }
});

test.run();

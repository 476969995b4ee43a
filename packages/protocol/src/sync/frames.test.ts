import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ByteReader } from '../bytes/reader.js';
import { ByteWriter } from '../bytes/writer.js';
import type { ErrorCode } from '../errors/codes.js';
import { ERROR_CODES } from '../errors/codes.js';
import { DecodeError } from '../errors/decode-error.js';
import { LIMITS } from '../limits.js';
import { DEVICE_FRAMES, OTHER_NOTICES, SERVER_FRAMES } from '../testing/frames.js';
import { decodeDeviceFrame, encodeDeviceFrame } from './device-frames.js';
import { packFrames, unpackFrames } from './messages.js';
import { decodeServerFrame, encodeServerFrame } from './server-frames.js';

const test = suite('frames');

function refuses(read: () => unknown, fault?: DecodeError['fault']): void {
  assert.throws(read, (error: unknown) => error instanceof DecodeError && (!fault || error.fault === fault));
}

test('[W3] every frame from a device reads back, its number its place in the table', () => {
  DEVICE_FRAMES.forEach((frame, number) => {
    const bytes = encodeDeviceFrame(frame);
    assert.is(bytes[0], number, frame.type);
    assert.equal(decodeDeviceFrame(bytes), frame);
  });
  assert.is(DEVICE_FRAMES.length, 11);
});

test('[W3] every frame from a server reads back, its number its place in the table', () => {
  SERVER_FRAMES.forEach((frame, number) => {
    const bytes = encodeServerFrame(frame);
    assert.is(bytes[0], number, frame.type);
    assert.equal(decodeServerFrame(bytes), frame);
  });
  for (const frame of OTHER_NOTICES) assert.equal(decodeServerFrame(encodeServerFrame(frame)), frame);
  assert.is(SERVER_FRAMES.length, 12);
});

test('[W3] append is laid out as the table says', () => {
  const reader = new ByteReader(encodeDeviceFrame(DEVICE_FRAMES[5]!));
  assert.equal([reader.varUint(), reader.varUint(), reader.varUint()], [5, 1, 300]);
  assert.match(reader.varString(), /^m\..{22}\.7$/);
  assert.equal(reader.varBytes(), Uint8Array.of(1, 2, 3));
  reader.end();
});

test('[E] every error code travels', () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const { retry } = ERROR_CODES[code];
    const frame = { type: 'error', code, retry, retryAfterMs: 0, batch: 0, subject: '' } as const;
    assert.equal(decodeServerFrame(encodeServerFrame(frame)), frame);
  }
  const unknown = new ByteWriter().varUint(6).varString('constructor').raw(new Uint8Array(4)).finish();
  refuses(() => decodeServerFrame(unknown), 'unknown-type');
});

test('[W3] unknown numbers, trailing bytes and every truncation are refused', () => {
  refuses(() => decodeDeviceFrame(Uint8Array.of(11)), 'unknown-type');
  refuses(() => decodeServerFrame(Uint8Array.of(12)), 'unknown-type');
  const all = [
    ...DEVICE_FRAMES.map((frame) => [encodeDeviceFrame(frame), decodeDeviceFrame] as const),
    ...SERVER_FRAMES.map((frame) => [encodeServerFrame(frame), decodeServerFrame] as const),
  ];
  for (const [bytes, decode] of all) {
    refuses(() => decode(Uint8Array.from([...bytes, 0])), 'trailing-bytes');
    for (let length = 0; length < bytes.length; length += 1) refuses(() => decode(bytes.subarray(0, length)));
  }
});

test('[L] a cursor is short', () => {
  const cursor = (length: number) => encodeServerFrame({ type: 'cursor', cursor: new Uint8Array(length) });
  assert.is(decodeServerFrame(cursor(LIMITS.cursorBytes)).type, 'cursor');
  refuses(() => decodeServerFrame(cursor(LIMITS.cursorBytes + 1)), 'too-large');
});

test('[L] counts over their limit are refused before anything is read by them', () => {
  const many = (type: number) =>
    new ByteWriter()
      .varUint(type)
      .varUint(LIMITS.subscriptions + 1)
      .finish();
  refuses(() => decodeDeviceFrame(many(2)), 'too-many');
  refuses(() => decodeDeviceFrame(many(3)), 'too-many');
  const grants = new ByteWriter()
    .varUint(0)
    .varUint(1)
    .varString('t')
    .varUint(LIMITS.grants + 1)
    .finish();
  refuses(() => decodeDeviceFrame(grants), 'too-many');
  refuses(
    () =>
      decodeServerFrame(
        new ByteWriter()
          .varUint(0)
          .varUint(1)
          .varUint(1)
          .varUint(2 ** 50)
          .finish(),
      ),
    'too-many',
  );
});

test('[W1] frames coalesce into one message and come apart again', () => {
  const frames = DEVICE_FRAMES.map(encodeDeviceFrame);
  assert.equal(unpackFrames(packFrames(frames)), frames);
});

test('[W1] an empty message, an empty frame, a part of a frame, too large and too many are refused', () => {
  refuses(() => unpackFrames(new Uint8Array(0)), 'truncated');
  refuses(() => unpackFrames(Uint8Array.of(1, 9, 0)), 'truncated');
  refuses(() => unpackFrames(Uint8Array.of(2, 9)), 'truncated');
  refuses(() => unpackFrames(new Uint8Array(LIMITS.messageBytes + 1)), 'too-large');
  const pings = (count: number) => packFrames(Array.from({ length: count }, () => Uint8Array.of(9)));
  assert.is(unpackFrames(pings(LIMITS.messageFrames)).length, LIMITS.messageFrames);
  refuses(() => unpackFrames(pings(LIMITS.messageFrames + 1)), 'too-many');
});

test.run();

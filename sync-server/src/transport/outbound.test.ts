import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { LIMITS, unpackFrames } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { NO_METERS } from '../metrics/meters.js';
import { Outbound } from './outbound.js';
import { Outgoing } from './outgoing.js';

const BOUNDS = { gatherBytes: 1_000, lowWaterBytes: 5_000, highWaterBytes: 20_000 };

/** A stream that takes what is written to it, or, held, nothing. */
class Wire extends Duplex {
  readonly writes: Buffer[] = [];
  held = false;
  #resume: (() => void)[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(chunk);
    if (this.held) this.#resume.push(done);
    else done();
  }

  override _read(): void {}

  release(): void {
    this.held = false;
    for (const done of this.#resume.splice(0)) done();
  }
}

function opened(packing: 'gathered' | 'single' = 'gathered', bounds = BOUNDS) {
  const stream = new Wire();
  const counts = { slow: 0 };
  const ws = { readyState: WebSocket.OPEN } as WebSocket;
  const outbound = new Outbound({ ws, stream }, bounds, packing, NO_METERS, () => {
    counts.slow += 1;
  });
  return { outbound, stream, counts, ws };
}

/** Payloads of the WebSocket messages in what was written, each one frame, not masked. */
function messages(bytes: Buffer): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    assert.is(bytes[at], 0x82);
    const short = bytes[at + 1]!;
    const [start, length] =
      short < 126
        ? [at + 2, short]
        : short === 126
          ? [at + 4, bytes.readUInt16BE(at + 2)]
          : [at + 10, Number(bytes.readBigUInt64BE(at + 2))];
    found.push(new Uint8Array(bytes.subarray(start, start + length)));
    at = start + length;
  }
  return found;
}

const test = suite('outbound');

test('[W1] the frames of one turn leave in one write, in order', async () => {
  const { outbound, stream } = opened();
  const frames = Array.from({ length: 20 }, (_, index) => new Uint8Array(1 + index).fill(index));
  for (const frame of frames) outbound.send(frame);
  assert.is(stream.writes.length, 0);
  await turn();
  assert.is(stream.writes.length, 1);
  const [message, ...others] = messages(stream.writes[0]!);
  assert.is(others.length, 0);
  assert.equal(unpackFrames(message!), frames);
});

test('[W1] a frame for many sockets is written down once: they are given the same memory', async () => {
  const sockets = Array.from({ length: 5 }, () => opened());
  const frame = new Outgoing(new Uint8Array(300).fill(7));
  for (const { outbound } of sockets) outbound.write(frame);
  await turn();
  const written = sockets.map(({ stream }) => stream.writes);
  assert.equal(
    written.map(({ length }) => length),
    [1, 1, 1, 1, 1],
  );
  for (const [buffer] of written) assert.is(buffer, written[0]![0]);
  assert.equal(unpackFrames(messages(written[0]![0]!)[0]!), [frame.bytes]);
});

test('[W1] a message stays within its bounds, whatever a turn brings', async () => {
  const { outbound, stream } = opened('gathered', { ...BOUNDS, highWaterBytes: 10_000_000 });
  const count = LIMITS.messageFrames + 904;
  for (let index = 0; index < count; index += 1) outbound.send(Uint8Array.of(1, 2));
  outbound.send(new Uint8Array(70_000));
  await turn();
  const sent = stream.writes.flatMap(messages);
  const frames = sent.map((message) => unpackFrames(message).length);
  assert.is(
    frames.reduce((sum, length) => sum + length, 0),
    count + 1,
  );
  assert.ok(sent.slice(0, -1).every(({ length }) => length <= BOUNDS.gatherBytes));
  assert.is(frames.at(-1), 1, 'what is larger than a message should be goes alone');
});

test('[W13] for a stock provider each is a message of its own, still in one write', async () => {
  const { outbound, stream } = opened('single', { ...BOUNDS, highWaterBytes: 100_000 });
  const sent = [1, 130, 70_000].map((length) => new Uint8Array(length).fill(length & 255));
  for (const message of sent) outbound.send(message);
  await turn();
  // The third is larger than what is gathered.
  assert.is(stream.writes.length, 2);
  assert.equal(stream.writes.flatMap(messages), sent);
});

test('[S13] beyond its bound nothing is kept for a reader that takes nothing', async () => {
  const { outbound, stream, counts } = opened();
  stream.held = true;
  for (let index = 0; index < 100; index += 1) {
    outbound.send(new Uint8Array(500));
    await turn();
  }
  assert.is(counts.slow, 1);
  const kept = stream.writableLength;
  assert.ok(kept <= BOUNDS.highWaterBytes, `${kept}`);
  assert.is(outbound.backlog, kept);
});

test('[S13] what can wait waits until the reader has taken what there was', async () => {
  const { outbound, stream } = opened();
  stream.held = true;
  for (let index = 0; index < 48; index += 1) outbound.send(new Uint8Array(400));
  let went = 0;
  const waiting = [outbound.room(), outbound.room()].map((room) => room.then(() => (went += 1)));
  await turn();
  assert.is(went, 0);
  while (stream.writableLength > 0) {
    stream.release();
    await turn();
  }
  await Promise.all(waiting);
  assert.is(went, 2);
});

test('[S13] who waits for room is not left waiting when the socket goes', async () => {
  const { outbound, stream } = opened();
  stream.held = true;
  for (let index = 0; index < 48; index += 1) outbound.send(new Uint8Array(400));
  const waiting = outbound.room();
  outbound.stop();
  await waiting;
  assert.is(stream.listenerCount('drain'), 0);
});

test('[W12] nothing goes behind a closing handshake', async () => {
  const { outbound, stream, ws } = opened();
  outbound.send(Uint8Array.of(1));
  Object.assign(ws, { readyState: WebSocket.CLOSING });
  await turn();
  assert.is(stream.writes.length, 0);
  assert.is(outbound.backlog, 0);
});

test.run();

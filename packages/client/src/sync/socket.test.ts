import type { ServerFrame } from '@sotto/protocol';
import { encodeServerFrame, LIMITS, packFrames } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import WebSocket from 'ws';
import { SyncSocket } from './socket.js';
import { SyncPeer } from './testing/sync-peer.js';

const test = suite('sync socket');
const peer = await SyncPeer.listen();
test.after(() => peer.close());
const PONG: ServerFrame = { type: 'pong' };

/** A socket that is open, and the server's end of it. */
async function opened(heartbeatMs?: number) {
  const frames: ServerFrame[] = [];
  const ends: number[] = [];
  let end = (_: number) => {};
  const closed = new Promise<number>((resolve) => {
    end = resolve;
  });
  let open = () => {};
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  const events = {
    opened: () => open(),
    frame: (frame: ServerFrame) => frames.push(frame),
    closed: (code: number) => {
      ends.push(code);
      end(code);
    },
  };
  const socket = new SyncSocket((url) => new WebSocket(url), peer.url, events, heartbeatMs);
  const server = await peer.accept();
  await isOpen;
  return { socket, server, frames, ends, closed };
}

const turns = (ms = 60) => new Promise((resolve) => setTimeout(resolve, ms));

test('W1: frames of one turn cross as one message, and come out in order on the other side', async () => {
  const { socket, server, frames } = await opened();
  socket.send({ type: 'grant' });
  socket.send({ type: 'ping' });
  await server.take('ping');
  assert.equal(server.messages, [[{ type: 'grant' }, { type: 'ping' }]]);
  server.send(PONG, { type: 'notice', notice: { kind: 'drain', returnMs: 5 } }, PONG);
  await turns();
  assert.equal(
    frames.map(({ type }) => type),
    ['pong', 'notice', 'pong'],
  );
  socket.close();
});

test('W1: what was sent in the same turn leaves before the socket closes', async () => {
  const { socket, server, ends } = await opened();
  socket.send({ type: 'grant' });
  socket.close();
  await server.take('grant');
  assert.is(await server.closed, 1000);
  assert.equal(ends, [1000]);
});

test('W12: the end is told once, with its code, whoever ended it', async () => {
  const { ends, server, socket, closed } = await opened();
  server.close(1012);
  assert.is(await closed, 1012);
  socket.close();
  await turns();
  assert.equal(ends, [1012]);
});

test('W12: a server that is not there is an end, not an exception', async () => {
  const gone = await SyncPeer.listen();
  await gone.close();
  const code = await new Promise((resolve) => {
    const events = { opened: () => resolve('opened'), frame: () => {}, closed: resolve };
    new SyncSocket((url) => new WebSocket(url), gone.url, events);
  });
  assert.is(code, 1006);
});

test('W8: it pings, and a server that answers stays', async () => {
  const { socket, server, ends } = await opened(15);
  for (let beat = 0; beat < 6; beat += 1) {
    await server.take('ping');
    server.send(PONG);
  }
  assert.equal(ends, []);
  socket.close();
});

test('W8: anything that the server says counts as life', async () => {
  const { socket, server, ends } = await opened(15);
  for (let beat = 0; beat < 6; beat += 1) {
    await server.take('ping');
    server.send({ type: 'notice', notice: { kind: 'drain', returnMs: 1 } });
  }
  assert.equal(ends, []);
  socket.close();
});

test('W8: a server that says nothing to two pings is left', async () => {
  const { server, closed, ends } = await opened(15);
  assert.is(await closed, 4000);
  await server.closed;
  assert.is(server.left.filter(({ type }) => type === 'ping').length, 2);
  await turns();
  assert.equal(ends, [4000]);
});

test('W8: nothing is sent after the end', async () => {
  const { socket, server } = await opened(15);
  await server.take('ping');
  socket.close();
  await server.closed;
  const before = server.messages.length;
  socket.send({ type: 'grant' });
  await turns();
  assert.is(server.messages.length, before);
});

const pong = encodeServerFrame(PONG);
for (const [what, bytes] of Object.entries({
  'of no known type': packFrames([Uint8Array.of(120)]),
  'cut off': packFrames([pong]).slice(0, -1),
  'with something trailing': packFrames([Uint8Array.from([...pong, 0])]),
  empty: new Uint8Array(),
  'with an empty frame': Uint8Array.of(0),
  'too large': new Uint8Array(LIMITS.messageBytes + 1),
  'of too many frames': packFrames(Array.from({ length: LIMITS.messageFrames + 1 }, () => pong)),
}))
  test(`W1 W3: a message ${what} ends the socket`, async () => {
    const { server, closed, frames } = await opened();
    server.sendBytes(bytes);
    assert.is(await closed, 4002);
    assert.is(await server.closed, 4002);
    assert.equal(frames, []);
  });

test('W3: frames before a malformed one were taken, those after it are not', async () => {
  const { server, closed, frames } = await opened();
  server.sendBytes(packFrames([pong, Uint8Array.of(120), pong]));
  await closed;
  await turns();
  assert.equal(frames, [PONG]);
});

test('W3: nothing is told after the end, not even the rest of a message', async () => {
  const { socket, server, frames, ends } = await opened();
  const take = frames.push.bind(frames);
  frames.push = (frame) => {
    socket.close(4003);
    return take(frame);
  };
  server.send(PONG, PONG, PONG);
  await server.closed;
  assert.equal([frames.length, ends], [1, [4003]]);
});

test.run();

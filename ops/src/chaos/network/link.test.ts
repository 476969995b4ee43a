import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../until.js';
import { Link, Weather } from './link.js';

const test = suite('link of a chaos run');
const PATIENCE_MS = 10_000;

/** A server that answers with what it hears, behind a link. */
async function echo() {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  const far = new Weather();
  const link = await Link.open(() => [
    // Nobody is at the first one.
    { address: { port: 1, host: '127.0.0.1' } },
    { address: { port: address.port, host: '127.0.0.1' }, weather: far },
  ]);
  return {
    ...{ link, far },
    async stop() {
      await link.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function dial(port: number): { socket: Socket; heard: () => string; closed: () => boolean } {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  let closed = false;
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  return { socket, heard: () => heard, closed: () => closed };
}

test('what is held comes later, whole and in order; what is delayed comes later', async () => {
  const { link, far, stop } = await echo();
  const { socket, heard } = dial(link.port);
  socket.write('one');
  await until(() => heard() === 'one', PATIENCE_MS, 'an echo');
  for (const weather of [link.weather, far])
    for (const side of ['there', 'back', 'both'] as const) {
      weather.hold(side, true);
      const before = heard();
      socket.write('two');
      socket.write('three');
      await pause(30);
      assert.is(heard(), before);
      weather.hold(side, false);
      await until(() => heard() === `${before}twothree`, PATIENCE_MS, 'what was held');
    }
  link.weather.delay = 40;
  const began = performance.now();
  const before = heard();
  socket.write('four');
  await until(() => heard() === `${before}four`, PATIENCE_MS, 'what was delayed');
  assert.ok(performance.now() - began >= 79);
  socket.destroy();
  await stop();
});

test('a cut ends connections, a torn one in the middle of what is said next; a blocked link takes none', async () => {
  const { link, far, stop } = await echo();
  const whole = dial(link.port);
  whole.socket.write('whole');
  await until(() => whole.heard() === 'whole', PATIENCE_MS, 'an echo');
  far.cut();
  await until(whole.closed, PATIENCE_MS, 'a cut');
  const torn = dial(link.port);
  torn.socket.write('1');
  await until(() => torn.heard() === '1', PATIENCE_MS, 'an echo');
  link.weather.cut(true);
  torn.socket.write('23456789');
  await until(torn.closed, PATIENCE_MS, 'torn');
  assert.ok(torn.heard().length < 9);
  for (const weather of [link.weather, far]) {
    weather.blocked = true;
    const blocked = dial(link.port);
    await until(blocked.closed, PATIENCE_MS, 'no connection');
    weather.clear();
  }
  const again = dial(link.port);
  again.socket.write('again');
  await until(() => again.heard() === 'again', PATIENCE_MS, 'an echo');
  again.socket.destroy();
  await stop();
});

test.run();

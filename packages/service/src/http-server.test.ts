import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listen } from './http-server.js';
import { codeOf } from './testing/code-of.js';

const test = suite('HTTP server');
const local = { port: 0, host: '127.0.0.1' };

test('a port that is taken is an error of the caller', async () => {
  const first = await listen((_, response) => response.end('x'), local);
  assert.is(await codeOf(() => listen(() => undefined, { ...local, port: first.port })), 'EADDRINUSE');
  await first.close();
});

test('S12 closing lets a request under way finish, and takes no more', async () => {
  let answer = () => {};
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const running = await listen((_, response) => {
    answer = () => response.end('late');
    arrive();
  }, local);
  const url = `http://127.0.0.1:${running.port}/`;
  const asking = fetch(url).then((response) => response.text());
  await arrived;
  const closing = running.close(10_000);
  assert.is(await codeOf(() => fetch(url)), 'TypeError', 'connection refused');
  answer();
  assert.is(await asking, 'late');
  await closing;
});

test('S12 closing cuts what does not end in time', async () => {
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const running = await listen(() => arrive(), local);
  const asking = codeOf(() => fetch(`http://127.0.0.1:${running.port}/`));
  await arrived;
  await running.close(20);
  assert.is(await asking, 'TypeError');
});

test.run();

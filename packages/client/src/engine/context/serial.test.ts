import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Serial, SerialByKey } from './serial.js';

const test = suite('serial');

/** A task that ends when it is told to. */
function task(name: string, log: string[]) {
  let end = (_?: Error) => {};
  const ended = new Promise<string>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve(name));
  });
  const run = async () => {
    log.push(`${name} begins`);
    const result = await ended;
    log.push(`${name} ends`);
    return result;
  };
  return { run, end: (error?: Error) => end(error) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test('one after another, in the order they were given, each with its own result', async () => {
  const log: string[] = [];
  const serial = new Serial();
  const [a, b] = [task('a', log), task('b', log)];
  const results = [serial.run(a.run), serial.run(b.run)];
  b.end();
  await turn();
  assert.equal(log, ['a begins']);
  a.end();
  assert.equal(await Promise.all(results), ['a', 'b']);
  assert.equal(log, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a failure is its caller’s, and the next task runs', async () => {
  const serial = new Serial();
  const failing = serial.run(async () => {
    throw new Error('mine');
  });
  const next = serial.run(async () => 'went on');
  assert.is(await failing.catch((error) => error.message), 'mine');
  assert.is(await next, 'went on');
  await serial.idle();
});

test('idle waits for what was given so far, failures too', async () => {
  const log: string[] = [];
  const serial = new Serial();
  const a = task('a', log);
  const failing = serial.run(a.run).catch(() => log.push('failed'));
  const idle = serial.idle().then(() => log.push('idle'));
  await turn();
  assert.equal(log, ['a begins']);
  a.end(new Error('x'));
  await Promise.all([failing, idle]);
  assert.equal(log.sort(), ['a begins', 'failed', 'idle']);
});

test('by key: those of one key wait for each other, others do not', async () => {
  const log: string[] = [];
  const serial = new SerialByKey();
  const [a, b, c] = [task('a', log), task('b', log), task('c', log)];
  const runs = [serial.run('x', a.run), serial.run('x', b.run), serial.run('y', c.run)];
  await turn();
  assert.equal(log.sort(), ['a begins', 'c begins']);
  for (const one of [a, b, c]) one.end();
  assert.equal(await Promise.all(runs), ['a', 'b', 'c']);
  assert.ok(log.indexOf('a ends') < log.indexOf('b begins'));
});

test('by key: a failed task stops neither its key nor the idle', async () => {
  const serial = new SerialByKey();
  const failing = serial.run('x', async () => Promise.reject(new Error('mine')));
  const next = serial.run('x', async () => 'went on');
  await failing.then(
    () => assert.unreachable(),
    () => {},
  );
  assert.is(await next, 'went on');
  await serial.idle();
  assert.is(await serial.run('x', async () => 'again'), 'again');
});

test.run();

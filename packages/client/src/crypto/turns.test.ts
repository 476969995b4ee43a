import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inTurn } from './turns.js';

const test = suite('turns');

test('one key: one after the other, in order, past failures; another key does not wait', async () => {
  const store = {};
  const log: string[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = inTurn(store, 'a', async () => {
    log.push('first begins');
    await gate;
    log.push('first ends');
    throw new Error('first failed');
  }).catch((error: Error) => log.push(error.message));
  const second = inTurn(store, 'a', async () => log.push('second'));
  await inTurn(store, 'b', async () => log.push('other key'));
  await inTurn({}, 'a', async () => log.push('other store'));
  assert.equal(log, ['first begins', 'other key', 'other store']);
  open();
  await Promise.all([first, second]);
  assert.equal(log.slice(3, 4), ['first ends']);
  assert.equal([...log.slice(4)].sort(), ['first failed', 'second']);
  assert.is(await inTurn(store, 'a', async () => 'after'), 'after');
});

test.run();

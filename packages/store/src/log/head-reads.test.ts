import { type LogName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type FoundHead, HeadReads } from './head-reads.js';

const test = suite('heads that are read');

function found(count: number): FoundHead {
  return { segment: 2, state: { next: new Map([[1, count]]), count } };
}

/** Reads that are finished by hand, and what was remembered of them. */
function gate() {
  const remembered: number[] = [];
  const finish: ((found: FoundHead) => void)[] = [];
  const reads = new HeadReads((_log, { state }) => remembered.push(state.count));
  const log = logName('m', randomId()) as LogName;
  const ask = () => reads.of(log, () => new Promise((resolve) => finish.push(resolve)));
  return { reads, log, ask, finish, remembered };
}

test('who asks while a head is read waits for the same read, and it is remembered', async () => {
  const { ask, finish, remembered } = gate();
  const asked = [ask(), ask(), ask()];
  assert.is(finish.length, 1);
  finish[0]!(found(7));
  assert.equal(await Promise.all(asked), Array(3).fill({ segment: 2, count: 7 }));
  assert.equal(remembered, [7]);
});

test('what was written to meanwhile is not remembered, and who asks after the write reads anew', async () => {
  const { reads, log, ask, finish, remembered } = gate();
  const before = ask();
  await reads.whileWriting([log], async () => undefined);
  const after = ask();
  assert.is(finish.length, 2);
  finish[0]!(found(7));
  finish[1]!(found(8));
  assert.equal([(await before).count, (await after).count], [7, 8]);
  assert.equal(remembered, [8]);
});

test('what is read during a write is not remembered; a write that fails ends', async () => {
  const { reads, log, ask, finish, remembered } = gate();
  const writing = reads.whileWriting([log], async () => {
    const asked = ask();
    finish[0]!(found(7));
    await asked;
    throw new Error('disk');
  });
  await writing.catch(() => undefined);
  assert.equal(remembered, []);
  const asked = ask();
  finish[1]!(found(7));
  await asked;
  assert.equal(remembered, [7]);
});

test.run();

import type { LogRecord } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshDocument, TestFeed } from '../testing/records.js';
import { TailLag } from './tail-lag.js';

const test = suite('lag of the tail');

function records(count: number): LogRecord[] {
  return new TestFeed(freshDocument(), 1).records(0, count);
}

test('an append that was told of before it was answered is behind by nothing', () => {
  const seen: number[] = [];
  const lag = new TailLag((seconds) => seen.push(seconds));
  const own = records(3);
  lag.told(own);
  lag.durable(own.at(-1)!);
  assert.equal(seen, [0]);
});

test('one that is told of later counts once, when all of it was told', () => {
  const seen: number[] = [];
  const lag = new TailLag((seconds) => seen.push(seconds));
  const own = records(3);
  lag.durable(own.at(-1)!);
  lag.told(own.slice(0, 2));
  lag.told(records(5));
  assert.equal(seen, [], 'neither a part of it nor another feed');
  lag.told(own.slice(2));
  lag.told(own);
  assert.is(seen.length, 1);
  assert.ok(seen[0]! >= 0);
});

test('what was interrupted is not waited for', () => {
  const seen: number[] = [];
  const lag = new TailLag((seconds) => seen.push(seconds));
  const own = records(1);
  lag.durable(own[0]!);
  lag.forget();
  lag.told(own);
  assert.equal(seen, []);
});

test.run();

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Heard } from './heard.js';

const test = suite('claims that a server has heard of');

test('S10 what was sent and not heard of counts when it matters', () => {
  const heard = new Heard();
  assert.ok(heard.isCurrent(0, []));
  heard.sent('lease:a:1');
  heard.sent('conversation:x:2');
  assert.ok(heard.isCurrent(2, []));
  assert.not.ok(heard.isCurrent(1, []));
  assert.not.ok(heard.isCurrent(1, ['lease:', 'conversation:x:']));
  assert.ok(heard.isCurrent(1, ['conversation:y:', 'lease:']));
  assert.not.ok(heard.isCurrent(0, ['lease:a:']));
});

test('S13 what is remembered is bounded: of a server far behind nothing is believed', () => {
  const heard = new Heard();
  for (let count = 0; count < 100_000; count += 1) heard.sent(`noise:${count}`);
  assert.not.ok(heard.isCurrent(0, ['conversation:x:']));
  assert.ok(heard.isCurrent(100_000, []));
  heard.sent('conversation:x:1');
  assert.not.ok(heard.isCurrent(100_000, ['conversation:x:']));
  assert.ok(heard.isCurrent(99_990, ['conversation:y:']));
});

test('what a server heard of is forgotten, and counted on from there', () => {
  const heard = new Heard();
  for (let count = 1; count <= 50_000; count += 1) {
    heard.sent(`noise:${count}`);
    heard.heard(count);
    if (count % 9_999 === 0) {
      assert.ok(heard.isCurrent(count, []));
      assert.not.ok(heard.isCurrent(count - 1, []));
    }
  }
});

test.run();

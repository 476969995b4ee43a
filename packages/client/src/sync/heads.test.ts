import type { ConversationId } from '@sotto/protocol';
import { logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Heads } from './heads.js';

const test = suite('heads');
const log = logName('m', randomId<ConversationId>());
const other = logName('r', randomId<ConversationId>());

test('W4: nothing is known before the server has told', () => {
  const heads = new Heads();
  assert.equal(heads.of(log), { segment: 0, count: 0 });
  assert.not.ok(heads.known(log));
  heads.set(log, { segment: 0, count: 0 });
  assert.ok(heads.known(log));
  assert.not.ok(heads.known(other));
});

test('S7: what was added counts in its segment, in a newer one from the start, in an older one not at all', () => {
  const heads = new Heads();
  heads.set(log, { segment: 2, count: 250 });
  heads.grew(log, 2, 6);
  assert.equal(heads.of(log), { segment: 2, count: 256 });
  heads.grew(log, 1, 9);
  assert.equal(heads.of(log), { segment: 2, count: 256 });
  heads.grew(log, 3, 4);
  assert.equal(heads.of(log), { segment: 3, count: 4 });
});

test('S7: something that came for a newer segment makes it the newest, where the server has told of the log', () => {
  const heads = new Heads();
  heads.reached(log, 4);
  assert.not.ok(heads.known(log));
  heads.set(log, { segment: 1, count: 7 });
  heads.reached(log, 1);
  heads.reached(log, 0);
  assert.equal(heads.of(log), { segment: 1, count: 7 });
  heads.reached(log, 2);
  assert.equal(heads.of(log), { segment: 2, count: 0 });
});

test('W4: a log that changed, and all of them on a new connection, have to be told of again', () => {
  const heads = new Heads();
  for (const one of [log, other]) heads.set(one, { segment: 1, count: 1 });
  heads.forget(log);
  assert.equal([heads.known(log), heads.known(other)], [false, true]);
  heads.begin();
  assert.equal([heads.known(log), heads.known(other)], [false, false]);
});

test.run();

import type { AccountId, ConversationId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeFacts, factsWrite, type RoomFacts, withKey, withRecord } from './room-facts.js';
import type { Scope } from './scope.js';

const test = suite('room facts');
const [peer, self] = [randomId<AccountId>(), randomId<AccountId>()];
const scope: Scope = { kind: 'direct', peer };
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

test('X13: whatever key records bring, what is kept of them can be read again', () => {
  let facts: RoomFacts | undefined;
  for (let record = 0; record < 50; record += 1)
    facts = withRecord(facts, scope, peer, {
      stateKey: random(32),
      state: Array.from({ length: 64 }, () => random(40)),
    });
  // An own creation is added to what records brought.
  const kept = { ...facts!, events: [...facts!.events, random(40)] };
  const read = decodeFacts(factsWrite(randomId<ConversationId>(), kept).value!);
  assert.equal(read.stateKeys, kept.stateKeys);
  assert.is(read.events.length, kept.events.length);
});

test('X13: the first records are kept, and one that says nothing new changes nothing', () => {
  const stateKey = random(32);
  const state = [random(40), random(50)];
  const facts = withRecord(undefined, scope, peer, { stateKey, state });
  assert.equal(facts, {
    scope,
    members: [],
    stateKeys: [{ by: peer, key: stateKey }],
    firstKey: null,
    nextKey: null,
    joined: null,
    events: state,
  });
  assert.is(withRecord(facts, scope, peer, { stateKey, state }), facts);
  assert.is(withRecord(facts, scope, self, { stateKey, state }), facts);
});

test('X13: whoever gives many state keys pushes out only those given by the same account', () => {
  const honest = { by: self, key: random(32) };
  let keys = withKey([], honest);
  for (let count = 0; count < 20; count += 1) keys = withKey(keys, { by: peer, key: random(32) });
  assert.is(keys.length, 5);
  assert.ok(keys.includes(honest) || keys.some(({ by }) => by === self));
  const latest = { by: peer, key: random(32) };
  assert.equal(withKey(keys, latest).at(-1), latest);
});

test.run();

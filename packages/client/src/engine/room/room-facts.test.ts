import type { AccountId, ConversationId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeFacts, factsWrite, type RoomFacts, withKeyInUse, withRecord } from './room-facts.js';
import type { Scope } from './scope.js';

const test = suite('room facts');
const peer: Scope = { kind: 'direct', peer: randomId<AccountId>() };
const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

test('X13: whatever key records bring, what is kept of them can be read again', () => {
  let facts: RoomFacts | undefined;
  for (let record = 0; record < 50; record += 1)
    facts = withRecord(facts, peer, {
      stateKey: random(32),
      state: Array.from({ length: 64 }, () => random(40)),
    });
  // An own creation is added to what records brought.
  const kept = { ...facts!, events: [...facts!.events, random(40)] };
  const read = decodeFacts(factsWrite(randomId<ConversationId>(), kept).value!);
  assert.equal(read.stateKeys, kept.stateKeys);
  assert.is(read.events.length, kept.events.length);
  assert.is(withKeyInUse(read, random(32)) === read, false);
});

test('X13: the first records are kept, and one that says nothing new changes nothing', () => {
  const stateKey = random(32);
  const state = [random(40), random(50)];
  const facts = withRecord(undefined, peer, { stateKey, state });
  assert.equal(facts, { scope: peer, members: [], stateKeys: [stateKey], events: state });
  assert.is(withRecord(facts, peer, { stateKey, state }), facts);
});

test.run();

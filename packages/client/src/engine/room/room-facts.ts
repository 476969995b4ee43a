import type { AccountId, ConversationId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { equalBytes } from '../../conversation/hash.js';
import type { KeyWrite } from '../../store/key-store.js';

const factsSchema = v.strictObject({
  peer: schemas.accountId,
  /**
   * State keys, the one in use first. Two people may begin the same direct conversation at once, each with a key of
   * their own; the server lets one creation stand.
   */
  stateKeys: v.pipe(v.array(schemas.bytesOf(32)), v.minLength(1), v.maxLength(8)),
  /** Signed state events that did not come by the state log: an own creation, or what a key record brought. */
  events: v.pipe(v.array(v.instance(Uint8Array)), v.maxLength(128)),
});

/** What this device must know of a conversation to read and write it at all. */
export interface RoomFacts {
  readonly peer: AccountId;
  readonly stateKeys: readonly Uint8Array[];
  readonly events: readonly Uint8Array[];
}

export const FACTS_PREFIX = 'conversation/';

export function factsWrite(conversation: ConversationId, facts: RoomFacts): KeyWrite {
  return { key: `${FACTS_PREFIX}${conversation}`, value: encodeCbor(facts) };
}

export function decodeFacts(value: Uint8Array): RoomFacts {
  return decodeCbor(factsSchema, value);
}

/** The facts with what a key record of `peer` or an own device brought; the same object when it is nothing new. */
export function withRecord(
  facts: RoomFacts | undefined,
  peer: AccountId,
  record: { readonly stateKey: Uint8Array; readonly state: readonly Uint8Array[] },
): RoomFacts {
  const known: RoomFacts = facts ?? { peer, stateKeys: [], events: [] };
  const stateKeys = adding(known.stateKeys, [record.stateKey]);
  const events = adding(known.events, record.state);
  if (facts && stateKeys === known.stateKeys && events === known.events) return facts;
  return { peer: known.peer, stateKeys, events };
}

/** The facts with this state key first: the log is sealed by it. */
export function withKeyInUse(facts: RoomFacts, key: Uint8Array): RoomFacts {
  if (equalBytes(facts.stateKeys[0]!, key)) return facts;
  return { ...facts, stateKeys: [key, ...facts.stateKeys.filter((other) => !equalBytes(other, key))] };
}

function adding(known: readonly Uint8Array[], more: readonly Uint8Array[]): readonly Uint8Array[] {
  const fresh = more.filter((bytes) => !known.some((old) => equalBytes(old, bytes)));
  return fresh.length === 0 ? known : [...known, ...fresh.map((bytes) => new Uint8Array(bytes))];
}

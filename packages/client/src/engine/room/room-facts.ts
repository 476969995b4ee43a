import type { AccountId, ConversationId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { equalBytes } from '../../conversation/hash.js';
import type { KeyWrite } from '../../store/key-store.js';
import { peerOf, type Scope } from './scope.js';

/** Bounds of what key records can add up to: whoever may write to the inbox says what is in one. */
const MAX_STATE_KEYS = 8;
const MAX_EVENTS = 128;
/** Own creations have room above what records bring. */
const MAX_RECORD_EVENTS = 96;

const factsSchema = v.strictObject({
  /** The other person of a direct conversation; null in a group. */
  peer: v.nullable(schemas.accountId),
  /** Accounts that belong, as the state last said: so that a room need not be loaded to know whom it concerns. */
  members: v.array(schemas.accountId),
  /**
   * State keys, the one in use first. Two people may begin the same direct conversation at once, each with a key of
   * their own; the server lets one creation stand.
   */
  stateKeys: v.pipe(v.array(schemas.bytesOf(32)), v.minLength(1), v.maxLength(MAX_STATE_KEYS)),
  /** Signed state events that did not come by the state log: an own creation, or what a key record brought. */
  events: v.pipe(v.array(v.instance(Uint8Array)), v.maxLength(MAX_EVENTS)),
});

/** What this device must know of a conversation to read and write it at all. */
export interface RoomFacts {
  readonly scope: Scope;
  readonly members: readonly AccountId[];
  readonly stateKeys: readonly Uint8Array[];
  readonly events: readonly Uint8Array[];
}

export const FACTS_PREFIX = 'conversation/';

export function factsWrite(conversation: ConversationId, facts: RoomFacts): KeyWrite {
  const { scope, members, stateKeys, events } = facts;
  const value = encodeCbor({ peer: peerOf(scope) ?? null, members, stateKeys, events });
  return { key: `${FACTS_PREFIX}${conversation}`, value };
}

export function decodeFacts(value: Uint8Array): RoomFacts {
  const { peer, ...facts } = decodeCbor(factsSchema, value);
  return { ...facts, scope: peer === null ? { kind: 'group' } : { kind: 'direct', peer } };
}

/**
 * The facts with what a key record of a member or an own device brought; the same object when it is nothing new. What is
 * beyond the bounds is left out, newest first: honest records stay far below them.
 */
export function withRecord(
  facts: RoomFacts | undefined,
  scope: Scope,
  record: { readonly stateKey: Uint8Array; readonly state: readonly Uint8Array[] },
): RoomFacts {
  const known: RoomFacts = facts ?? { scope, members: [], stateKeys: [], events: [] };
  const stateKeys = adding(known.stateKeys, [record.stateKey], MAX_STATE_KEYS);
  const events = adding(known.events, record.state, MAX_RECORD_EVENTS);
  if (facts && stateKeys === known.stateKeys && events === known.events) return facts;
  return { ...known, stateKeys, events };
}

/** The facts with this state key first: the log is sealed by it. */
export function withKeyInUse(facts: RoomFacts, key: Uint8Array): RoomFacts {
  if (equalBytes(facts.stateKeys[0]!, key)) return facts;
  return { ...facts, stateKeys: [key, ...facts.stateKeys.filter((other) => !equalBytes(other, key))] };
}

function adding(
  known: readonly Uint8Array[],
  more: readonly Uint8Array[],
  most: number,
): readonly Uint8Array[] {
  const fresh = more
    .filter((bytes) => !known.some((old) => equalBytes(old, bytes)))
    .slice(0, Math.max(0, most - known.length));
  return fresh.length === 0 ? known : [...known, ...fresh.map((bytes) => new Uint8Array(bytes))];
}

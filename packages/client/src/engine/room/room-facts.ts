import type { AccountId, ConversationId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { equalBytes } from '../../conversation/hash.js';
import type { KeyWrite } from '../../store/key-store.js';
import { peerOf, type Scope } from './scope.js';

/** Bounds of what key records can add up to: whoever may write to the inbox says what is in one. */
const MAX_STATE_KEYS = 4;
const MAX_GIVERS = 1_024;
const MAX_EVENTS = 128;
/** Own creations have room above what records bring. */
const MAX_RECORD_EVENTS = 96;

const factsSchema = v.strictObject({
  /** The other person of a direct conversation; null in a group. */
  peer: v.nullable(schemas.accountId),
  /** Accounts that belong, as the state last said: so that a room need not be loaded to know whom it concerns. */
  members: v.array(schemas.accountId),
  /** State keys and who gave them first, latest last: several may stand, and which one is in use is for the state to say. */
  stateKeys: v.pipe(
    v.array(v.strictObject({ by: schemas.accountId, key: schemas.bytesOf(32) })),
    v.minLength(1),
    v.maxLength(MAX_STATE_KEYS * MAX_GIVERS),
  ),
  /** Id of the key that the creation was sealed by; null until the log has told. */
  firstKey: v.nullable(schemas.bytesOf(8)),
  /** A state key made for an epoch that is to begin: what was given out is used, rather than another. */
  nextKey: v.nullable(v.strictObject({ epoch: schemas.count, key: schemas.bytesOf(32) })),
  /** What was in the messages when this account joined: newest segment, and the envelopes of each client id there. */
  joined: v.nullable(
    v.strictObject({
      segment: schemas.count,
      before: v.array(v.strictTuple([schemas.count, schemas.count])),
    }),
  ),
  /** Signed state events that did not come by the state log: an own creation, or what a key record brought. */
  events: v.pipe(v.array(v.instance(Uint8Array)), v.maxLength(MAX_EVENTS)),
});

/** A state key, and the account whose device gave it. */
export interface GivenKey {
  readonly by: AccountId;
  readonly key: Uint8Array;
}

/** What this device must know of a conversation to read and write it at all. */
export interface RoomFacts {
  readonly scope: Scope;
  readonly members: readonly AccountId[];
  readonly stateKeys: readonly GivenKey[];
  readonly firstKey: Uint8Array | null;
  readonly nextKey: { readonly epoch: number; readonly key: Uint8Array } | null;
  readonly joined: { readonly segment: number; readonly before: [client: number, next: number][] } | null;
  readonly events: readonly Uint8Array[];
}

export const FACTS_PREFIX = 'conversation/';

export function factsWrite(conversation: ConversationId, facts: RoomFacts): KeyWrite {
  const { scope, ...kept } = facts;
  const value = encodeCbor({ peer: peerOf(scope) ?? null, ...kept });
  return { key: `${FACTS_PREFIX}${conversation}`, value };
}

export function decodeFacts(value: Uint8Array): RoomFacts {
  const { peer, ...facts } = decodeCbor(factsSchema, value);
  return { ...facts, scope: peer === null ? { kind: 'group' } : { kind: 'direct', peer } };
}

/**
 * The facts with what a key record brought; the same object when it is nothing new. Of the state keys that one account gave
 * the latest are kept, so that nobody can push out those of others; of events the first.
 */
export function withRecord(
  facts: RoomFacts | undefined,
  scope: Scope,
  by: AccountId,
  record: { readonly stateKey: Uint8Array; readonly state: readonly Uint8Array[] },
): RoomFacts {
  const known: RoomFacts = facts ?? {
    scope,
    members: [],
    stateKeys: [],
    firstKey: null,
    nextKey: null,
    joined: null,
    events: [],
  };
  const stateKeys = withKey(known.stateKeys, { by, key: record.stateKey });
  const events = adding(known.events, record.state, MAX_RECORD_EVENTS);
  if (facts && stateKeys === known.stateKeys && events === known.events) return facts;
  return { ...known, stateKeys, events };
}

/** The keys with one more. An older one of the same giver makes room: it can be derived from those that followed. */
export function withKey(known: readonly GivenKey[], given: GivenKey): readonly GivenKey[] {
  if (known.some(({ key }) => equalBytes(key, given.key))) return known;
  const own = known.filter(({ by }) => by === given.by);
  if (own.length === 0 && new Set(known.map(({ by }) => by)).size >= MAX_GIVERS) return known;
  const oldest = own.length >= MAX_STATE_KEYS ? own[0] : undefined;
  const key = new Uint8Array(given.key);
  return [...known.filter((other) => other !== oldest), { by: given.by, key }];
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

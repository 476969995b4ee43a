import { decodePublicKey, PRIVATE_KEY_LENGTH, type PublicKey } from './curve25519.js';
import { MAX_RECEIVING_CHAINS, type RatchetState } from './double-ratchet.js';
import { InvalidStateError } from './errors.js';
import type { IdentityKey } from './identity-key.js';
import { decodeFields, encodeFields, type FieldReader } from './protobuf.js';
import { deserializeReceivingChain, MAX_SKIPPED_KEYS, serializeReceivingChain } from './receiving-chain.js';
import type { PreKeyHeader } from './session-message.js';

/** Sessions that a newer one has replaced and that may still receive; the oldest go first. */
export const MAX_ARCHIVED_STATES = 40;

/** One session with one device. Immutable. */
export interface SessionState {
  readonly localIdentity: IdentityKey;
  readonly remoteIdentity: IdentityKey;
  readonly localRegistrationId: number;
  readonly remoteRegistrationId: number;
  /** The initiator's ephemeral key: names the session on both sides. */
  readonly baseKey: PublicKey;
  readonly ratchet: RatchetState;
  /** The initiator's, until the responder has answered. */
  readonly pending?: PendingPreKey;
}

/** What a pre-key message says that the session state does not. */
export type PendingPreKey = Pick<
  PreKeyHeader,
  'preKeyId' | 'signedPreKeyId' | 'kyberPreKeyId' | 'kyberCiphertext'
> & {
  /** When the session was begun, in ms since 1970. */
  readonly since: number;
};

/** Every session with one device: the one to send under and those that may still receive. Immutable. */
export interface SessionRecord {
  readonly current?: SessionState;
  /** Newest first. */
  readonly archived: readonly SessionState[];
}

export const EMPTY_SESSION_RECORD: SessionRecord = { archived: [] };

/** Makes `state` the one to send under, and archives what was. `state` may be one of the record's, or a later form of `was`. */
export function promote(record: SessionRecord, state: SessionState, was?: SessionState): SessionRecord {
  const others = statesOf(record).filter((other) => other !== state && other !== was);
  return { current: state, archived: others.slice(0, MAX_ARCHIVED_STATES) };
}

/** Ends the current session for sending: the next message needs a new one. What is under way can still arrive. */
export function archiveCurrent(record: SessionRecord): SessionRecord {
  return { archived: statesOf(record).slice(0, MAX_ARCHIVED_STATES) };
}

/** The current session and the archived ones, newest first. */
export function statesOf(record: SessionRecord): readonly SessionState[] {
  return record.current ? [record.current, ...record.archived] : record.archived;
}

/** How long a session is used to send without an answer: by then its pre-keys may be gone (as libsignal's). */
export const MAX_UNANSWERED_AGE_MS = 30 * 24 * 60 * 60 * 1_000;

/**
 * Whether there is a session to send under.
 * @param now in ms since 1970
 */
export function hasCurrentState(record: SessionRecord, now: number = Date.now()): boolean {
  const { current } = record;
  return current !== undefined && !(current.pending && now - current.pending.since > MAX_UNANSWERED_AGE_MS);
}

const RECORD_VERSION = 2;
const malformed = () => new InvalidStateError('The session record does not decode.');

/** Serialises a record, secrets included. */
export function serializeSessionRecord(record: SessionRecord): Uint8Array {
  return encodeFields([
    [1, RECORD_VERSION],
    [2, record.current && serializeState(record.current)],
    ...record.archived.map((state) => [3, serializeState(state)] as const),
  ]);
}

/** @throws InvalidStateError, InvalidKeyError */
export function deserializeSessionRecord(bytes: Uint8Array): SessionRecord {
  const fields = decodeFields(bytes, malformed);
  if (fields.uint(1) !== RECORD_VERSION) throw malformed();
  const current = fields.optionalBytes(2);
  const archived = fields.repeated(3).map(deserializeState);
  if (archived.length > MAX_ARCHIVED_STATES) throw malformed();
  return current ? { current: deserializeState(current), archived } : { archived };
}

function serializeState(state: SessionState): Uint8Array {
  const { ratchet, pending } = state;
  return encodeFields([
    [1, state.localIdentity],
    [2, state.remoteIdentity],
    [3, state.localRegistrationId],
    [4, state.remoteRegistrationId],
    [5, state.baseKey],
    [6, ratchet.rootKey],
    [7, ratchet.sending.ratchetKeyPair.publicKey],
    [8, ratchet.sending.ratchetKeyPair.privateKey],
    [9, ratchet.sending.chainKey],
    [10, ratchet.sending.index],
    [11, ratchet.previousCounter],
    ...ratchet.receiving.flatMap(
      (chain) =>
        [
          [12, chain.ratchetKey],
          [13, serializeReceivingChain(chain)],
        ] as const,
    ),
    [14, pending && serializePending(pending)],
  ]);
}

function deserializeState(bytes: Uint8Array): SessionState {
  const fields = decodeFields(bytes, malformed);
  const pending = fields.optionalBytes(14);
  return {
    localIdentity: decodePublicKey(fields.bytes(1)),
    remoteIdentity: decodePublicKey(fields.bytes(2)),
    localRegistrationId: fields.uint(3),
    remoteRegistrationId: fields.uint(4),
    baseKey: decodePublicKey(fields.bytes(5)),
    ratchet: deserializeRatchet(fields),
    ...(pending && { pending: deserializePending(pending) }),
  };
}

function deserializeRatchet(fields: FieldReader): RatchetState {
  const ratchetKeys = fields.repeated(12);
  const chains = fields.repeated(13).map(deserializeReceivingChain);
  const skipped = chains.reduce((count, chain) => count + chain.skipped.length, 0);
  if (
    chains.length > MAX_RECEIVING_CHAINS ||
    chains.length !== ratchetKeys.length ||
    skipped > MAX_SKIPPED_KEYS
  )
    throw malformed();
  return {
    rootKey: fields.bytes(6, 32),
    sending: {
      ratchetKeyPair: {
        publicKey: decodePublicKey(fields.bytes(7)),
        privateKey: fields.bytes(8, PRIVATE_KEY_LENGTH),
      },
      chainKey: fields.bytes(9, 32),
      index: fields.uint(10),
    },
    previousCounter: fields.uint(11),
    receiving: chains.map((chain, i) => ({ ...chain, ratchetKey: decodePublicKey(ratchetKeys[i]!) })),
  };
}

function serializePending(pending: PendingPreKey): Uint8Array {
  return encodeFields([
    [1, pending.preKeyId],
    [2, pending.signedPreKeyId],
    [3, pending.kyberPreKeyId],
    [4, pending.kyberCiphertext],
    [5, pending.since],
  ]);
}

function deserializePending(bytes: Uint8Array): PendingPreKey {
  const fields = decodeFields(bytes, malformed);
  return {
    preKeyId: fields.optionalUint(1),
    signedPreKeyId: fields.uint(2),
    kyberPreKeyId: fields.uint(3),
    kyberCiphertext: fields.bytes(4),
    since: fields.uint(5, Number.MAX_SAFE_INTEGER),
  };
}

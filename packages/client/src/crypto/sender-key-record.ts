import { decodePublicKey, type PublicKey } from './curve25519.js';
import { InvalidStateError } from './errors.js';
import { decodeFields, encodeFields } from './protobuf.js';
import {
  deserializeReceivingChain,
  type ReceivingChain,
  serializeReceivingChain,
} from './receiving-chain.js';
import { deserializeSenderKeyState, type SenderKeyState, serializeSenderKeyState } from './sender-keys.js';

/** Chains of one sender and distribution that are kept; the oldest go first. */
export const MAX_SENDER_KEY_STATES = 5;

/** A chain of another sender, moved forward as messages come. */
export interface ReceivedSenderKey {
  readonly chainId: number;
  readonly signingKey: PublicKey;
  readonly chain: ReceivingChain;
}

/** What GroupCipher stores for one sender and distribution. Immutable. */
export interface SenderKeyRecord {
  /** Present where the sender is this device. */
  readonly own?: SenderKeyState;
  /** Newest first. */
  readonly received: readonly ReceivedSenderKey[];
}

export const EMPTY_SENDER_KEY_RECORD: SenderKeyRecord = { received: [] };

const RECORD_VERSION = 1;
const malformed = () => new InvalidStateError('The sender key record does not decode.');

/** Serialises a record, secrets included. */
export function serializeSenderKeyRecord(record: SenderKeyRecord): Uint8Array {
  return encodeFields([
    [1, RECORD_VERSION],
    [2, record.own && serializeSenderKeyState(record.own)],
    ...record.received.map((state) => [3, serializeReceived(state)] as const),
  ]);
}

/** @throws InvalidStateError, InvalidKeyError */
export function deserializeSenderKeyRecord(bytes: Uint8Array): SenderKeyRecord {
  const fields = decodeFields(bytes, malformed);
  if (fields.uint(1) !== RECORD_VERSION) throw malformed();
  const own = fields.optionalBytes(2);
  const received = fields.repeated(3).map(deserializeReceived);
  if (received.length > MAX_SENDER_KEY_STATES) throw malformed();
  return own ? { own: deserializeSenderKeyState(own), received } : { received };
}

function serializeReceived(state: ReceivedSenderKey): Uint8Array {
  return encodeFields([
    [1, state.chainId],
    [2, state.signingKey],
    [3, serializeReceivingChain(state.chain)],
  ]);
}

function deserializeReceived(bytes: Uint8Array): ReceivedSenderKey {
  const fields = decodeFields(bytes, malformed);
  return {
    chainId: fields.uint(1),
    signingKey: decodePublicKey(fields.bytes(2)),
    chain: deserializeReceivingChain(fields.bytes(3)),
  };
}

import { isWholeBlocks } from './aes-cbc.js';
import { constantTimeEqual } from './constant-time.js';
import { decodePublicKey, type PublicKey } from './curve25519.js';
import type { MessageHeader } from './double-ratchet.js';
import { InvalidMessageError, UnsupportedVersionError } from './errors.js';
import type { IdentityKey } from './identity-key.js';
import { hmacSha256 } from './kdf.js';
import { decodeFields, encodeFields, type FieldReader, joinBytes } from './protobuf.js';

/** Version byte of session messages: message version 4 in the high half, current version 4 in the low. */
export const SESSION_VERSION = 0x44;
/** Bytes of HMAC-SHA256 that end a message. */
const MAC_LENGTH = 8;

/** The two identities a message is bound to. */
export interface MessageParties {
  readonly sender: IdentityKey;
  readonly receiver: IdentityKey;
}

/** A session message taken apart, its MAC not yet checked. */
export interface SignalMessage extends MessageHeader {
  readonly ciphertext: Uint8Array;
  readonly mac: Uint8Array;
  /** Everything before the MAC. */
  readonly authenticated: Uint8Array;
}

/** `0x44 || protobuf{1 ratchet key, 2 counter, 3 previous counter, 4 ciphertext} || MAC`. */
export function encodeSignalMessage(
  header: MessageHeader,
  ciphertext: Uint8Array,
  macKey: Uint8Array,
  parties: MessageParties,
): Uint8Array {
  const authenticated = joinBytes([
    Uint8Array.of(SESSION_VERSION),
    encodeFields([
      [1, header.ratchetKey],
      [2, header.counter],
      [3, header.previousCounter],
      [4, ciphertext],
    ]),
  ]);
  return joinBytes([authenticated, messageMac(macKey, parties, authenticated)]);
}

/** @throws UnsupportedVersionError, InvalidMessageError, InvalidKeyError */
export function parseSignalMessage(bytes: Uint8Array): SignalMessage {
  const end = bytes.length - MAC_LENGTH;
  const fields = body(bytes, end);
  const ciphertext = fields.bytes(4);
  if (!isWholeBlocks(ciphertext.length)) throw malformed();
  return {
    ratchetKey: decodePublicKey(fields.bytes(1)),
    counter: fields.uint(2),
    previousCounter: fields.uint(3),
    ciphertext,
    mac: new Uint8Array(bytes.subarray(end)),
    authenticated: new Uint8Array(bytes.subarray(0, end)),
  };
}

/** Whether a message's MAC is right, compared in constant time. */
export function isAuthentic(message: SignalMessage, macKey: Uint8Array, parties: MessageParties): boolean {
  return constantTimeEqual(message.mac, messageMac(macKey, parties, message.authenticated));
}

/** 8 bytes of HMAC-SHA256 over both identities, serialised, and the message (Double Ratchet, section 3.4, CONCAT(AD, header)). */
function messageMac(macKey: Uint8Array, parties: MessageParties, authenticated: Uint8Array): Uint8Array {
  return hmacSha256(macKey, joinBytes([parties.sender, parties.receiver, authenticated])).slice(
    0,
    MAC_LENGTH,
  );
}

/** What the responder needs to run PQXDH; sent with every message until the responder has answered. */
export interface PreKeyHeader {
  readonly registrationId: number;
  readonly preKeyId: number | undefined;
  readonly signedPreKeyId: number;
  readonly kyberPreKeyId: number;
  /** Serialised: type byte and ciphertext. */
  readonly kyberCiphertext: Uint8Array;
  readonly baseKey: PublicKey;
  readonly identityKey: IdentityKey;
}

/** A message that begins a session, taken apart. */
export interface PreKeySignalMessage extends PreKeyHeader {
  readonly message: SignalMessage;
}

/**
 * `0x44 || protobuf{1 pre-key id, 2 base key, 3 identity key, 4 message, 5 registration id, 6 signed pre-key id,
 * 7 KEM pre-key id, 8 KEM ciphertext}`.
 */
export function encodePreKeySignalMessage(header: PreKeyHeader, message: Uint8Array): Uint8Array {
  return joinBytes([
    Uint8Array.of(SESSION_VERSION),
    encodeFields([
      [1, header.preKeyId],
      [2, header.baseKey],
      [3, header.identityKey],
      [4, message],
      [5, header.registrationId],
      [6, header.signedPreKeyId],
      [7, header.kyberPreKeyId],
      [8, header.kyberCiphertext],
    ]),
  ]);
}

/** @throws UnsupportedVersionError, InvalidMessageError, InvalidKeyError */
export function parsePreKeySignalMessage(bytes: Uint8Array): PreKeySignalMessage {
  const fields = body(bytes, bytes.length);
  return {
    preKeyId: fields.optionalUint(1),
    baseKey: decodePublicKey(fields.bytes(2)),
    identityKey: decodePublicKey(fields.bytes(3)),
    message: parseSignalMessage(fields.bytes(4)),
    registrationId: fields.uint(5),
    signedPreKeyId: fields.uint(6),
    kyberPreKeyId: fields.uint(7),
    kyberCiphertext: fields.bytes(8),
  };
}

function body(bytes: Uint8Array, end: number): FieldReader {
  if (end < 1) throw malformed();
  if (bytes[0] !== SESSION_VERSION) throw new UnsupportedVersionError('Not a session message of version 4.');
  return decodeFields(bytes.subarray(1, end), malformed);
}

function malformed(): InvalidMessageError {
  return new InvalidMessageError('The session message is malformed.');
}

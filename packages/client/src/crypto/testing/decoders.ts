import { decodePublicKey } from '../curve25519.js';
import { InvalidMessageError } from '../errors.js';
import { compareScannedFingerprint } from '../fingerprint.js';
import { deserializeIdentityKeyPair } from '../identity-key.js';
import { deserializeKyberPreKey, deserializePreKey, deserializeSignedPreKey } from '../pre-keys.js';
import { decodeFields } from '../protobuf.js';
import { parseDistributionMessage, parseSenderKeyMessage } from '../sender-key-message.js';
import { deserializeSenderKeyRecord } from '../sender-key-record.js';
import { deserializeSenderKeyState } from '../sender-keys.js';
import { parsePreKeySignalMessage, parseSignalMessage } from '../session-message.js';
import { deserializeSessionRecord } from '../session-state.js';
import { signingKeyPairFromSeed } from '../signing-key.js';

/** Every function of this library that takes bytes apart which it has not made in the same call. */
export const decoders = {
  'public key': decodePublicKey,
  'identity key pair': deserializeIdentityKeyPair,
  'signing seed': signingKeyPairFromSeed,
  'pre-key': deserializePreKey,
  'signed pre-key': deserializeSignedPreKey,
  'kyber pre-key': (bytes: Uint8Array) => deserializeKyberPreKey(bytes),
  'signal message': parseSignalMessage,
  'pre-key signal message': parsePreKeySignalMessage,
  'session record': deserializeSessionRecord,
  'sender key message': parseSenderKeyMessage,
  'distribution message': parseDistributionMessage,
  'sender key state': deserializeSenderKeyState,
  'sender key record': deserializeSenderKeyRecord,
  'scannable fingerprint': (bytes: Uint8Array) => compareScannedFingerprint(bytes, bytes),
  protobuf: (bytes: Uint8Array) =>
    decodeFields(bytes, () => new InvalidMessageError('The message is malformed.')),
} as const;

export type DecoderName = keyof typeof decoders;

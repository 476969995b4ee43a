import { isWholeBlocks } from './aes-cbc.js';
import { decodePublicKey, type PublicKey } from './curve25519.js';
import { InvalidMessageError, UnsupportedVersionError } from './errors.js';
import { decodeFields, encodeFields, type FieldReader, joinBytes } from './protobuf.js';
import type { SenderChain } from './sender-chain.js';
import { SIGNATURE_LENGTH } from './xeddsa.js';

/** Version byte of Sender Keys messages: message version 3 in the high half, current version 3 in the low. */
export const SENDER_KEY_VERSION = 0x33;
/** Bytes of a distribution id, a UUID's. */
export const DISTRIBUTION_ID_LENGTH = 16;
export const CHAIN_KEY_LENGTH = 32;

/** What a sender gives to those who may read: the chain from one iteration on, and the key that signs its messages. */
export interface SenderKeyDistributionMessage extends SenderChain {
  /** 16 bytes. */
  readonly distributionId: Uint8Array;
  readonly chainId: number;
  readonly signingKey: PublicKey;
}

/** A sender key message taken apart, its signature not yet verified. */
export interface SenderKeyMessage {
  readonly distributionId: Uint8Array;
  readonly chainId: number;
  readonly iteration: number;
  readonly ciphertext: Uint8Array;
  readonly signature: Uint8Array;
  /** What the signature is over: everything before it. */
  readonly signedBytes: Uint8Array;
}

/** `0x33 || protobuf{1 distribution id, 2 chain id, 3 iteration, 4 chain key, 5 signing key}`. Secret: it opens the chain. */
export function encodeDistributionMessage(distribution: SenderKeyDistributionMessage): Uint8Array {
  return joinBytes([
    Uint8Array.of(SENDER_KEY_VERSION),
    encodeFields([
      [1, distribution.distributionId],
      [2, distribution.chainId],
      [3, distribution.iteration],
      [4, distribution.chainKey],
      [5, distribution.signingKey],
    ]),
  ]);
}

/**
 * Takes a distribution message apart.
 * @throws UnsupportedVersionError, InvalidMessageError, InvalidKeyError
 */
export function parseDistributionMessage(bytes: Uint8Array): SenderKeyDistributionMessage {
  const fields = body(bytes, bytes.length);
  return {
    distributionId: fields.bytes(1, DISTRIBUTION_ID_LENGTH),
    chainId: fields.uint(2),
    iteration: fields.uint(3),
    chainKey: fields.bytes(4, CHAIN_KEY_LENGTH),
    signingKey: decodePublicKey(fields.bytes(5)),
  };
}

/** `0x33 || protobuf{1 distribution id, 2 chain id, 3 iteration, 4 ciphertext}`: what the signature is over. */
export function encodeSignedBytes(
  chain: Pick<SenderKeyDistributionMessage, 'distributionId' | 'chainId' | 'iteration'>,
  ciphertext: Uint8Array,
): Uint8Array {
  return joinBytes([
    Uint8Array.of(SENDER_KEY_VERSION),
    encodeFields([
      [1, chain.distributionId],
      [2, chain.chainId],
      [3, chain.iteration],
      [4, ciphertext],
    ]),
  ]);
}

/**
 * Takes a sender key message apart; what it says is not to be believed before its signature is verified.
 * @throws UnsupportedVersionError, InvalidMessageError
 */
export function parseSenderKeyMessage(bytes: Uint8Array): SenderKeyMessage {
  const end = bytes.length - SIGNATURE_LENGTH;
  const fields = body(bytes, end);
  const ciphertext = fields.bytes(4);
  if (!isWholeBlocks(ciphertext.length)) throw malformed();
  return {
    distributionId: fields.bytes(1, DISTRIBUTION_ID_LENGTH),
    chainId: fields.uint(2),
    iteration: fields.uint(3),
    ciphertext,
    signature: new Uint8Array(bytes.subarray(end)),
    signedBytes: new Uint8Array(bytes.subarray(0, end)),
  };
}

function body(bytes: Uint8Array, end: number): FieldReader {
  if (end < 1) throw malformed();
  if (bytes[0] !== SENDER_KEY_VERSION)
    throw new UnsupportedVersionError('Not a sender key message of version 3.');
  return decodeFields(bytes.subarray(1, end), malformed);
}

function malformed(): InvalidMessageError {
  return new InvalidMessageError('The sender key message is malformed.');
}

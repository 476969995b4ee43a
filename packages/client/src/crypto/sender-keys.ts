import { aesCbcDecrypt, aesCbcEncrypt } from './aes-cbc.js';
import type { PublicKey } from './curve25519.js';
import { InvalidMessageError, InvalidSignatureError, InvalidStateError, TooFarError } from './errors.js';
import { nextChainKey } from './kdf.js';
import { decodeFields, encodeFields, joinBytes, MAX_UINT32 } from './protobuf.js';
import { messageKeyAt, type SenderChain, type SenderMessageKey } from './sender-chain.js';
import {
  CHAIN_KEY_LENGTH,
  DISTRIBUTION_ID_LENGTH,
  encodeDistributionMessage,
  encodeSignedBytes,
  type SenderKeyMessage,
} from './sender-key-message.js';
import {
  generateSigningKeyPair,
  SEED_LENGTH,
  type SigningKeyPair,
  signingKeyPairFromSeed,
  signWithSeed,
} from './signing-key.js';
import { verify } from './xeddsa.js';

/** The sender's own side of a chain: what the next message is sealed with. Immutable; sealing gives the next one. */
export interface SenderKeyState extends SenderChain {
  /** 16 bytes. */
  readonly distributionId: Uint8Array;
  readonly chainId: number;
  readonly signingKeyPair: SigningKeyPair;
}

declare const verifiedBrand: unique symbol;
/** A message whose signature has been verified: only such a one can be opened. */
export type VerifiedSenderKeyMessage = SenderKeyMessage & { readonly [verifiedBrand]: true };

/** The very objects that {@link verifySenderKeyMessage} passed; the type alone could be cast around. */
const verifiedMessages = new WeakSet<SenderKeyMessage>();

/**
 * Begins a chain with fresh keys, at iteration 0.
 * @param distributionId 16 bytes
 * @param chainId unsigned 32-bit integer
 */
export function createSenderKey(distributionId: Uint8Array, chainId: number): SenderKeyState {
  if (
    distributionId.length !== DISTRIBUTION_ID_LENGTH ||
    !Number.isInteger(chainId) ||
    chainId < 0 ||
    chainId > MAX_UINT32
  )
    throw new InvalidStateError('A distribution id is 16 bytes and a chain id 32 bits.');
  return {
    distributionId: new Uint8Array(distributionId),
    chainId,
    iteration: 0,
    chainKey: crypto.getRandomValues(new Uint8Array(CHAIN_KEY_LENGTH)),
    signingKeyPair: generateSigningKeyPair(),
  };
}

/** The distribution message that lets others read the chain from its present iteration on. Secret. */
export function distributionMessage(state: SenderKeyState): Uint8Array {
  return encodeDistributionMessage({ ...state, signingKey: state.signingKeyPair.publicKey });
}

/**
 * Encrypts and signs at the state's iteration. Store the next state before the message leaves: two messages sealed at
 * one iteration share their key and IV.
 * @throws TooFarError if the chain's counter is used up
 */
export async function sealSenderKeyMessage(
  state: SenderKeyState,
  plaintext: Uint8Array,
): Promise<{ message: Uint8Array; state: SenderKeyState }> {
  if (state.iteration >= MAX_UINT32) throw new TooFarError('The chain is used up.');
  const key = messageKeyAt(state, state.iteration);
  const signedBytes = encodeSignedBytes(state, await aesCbcEncrypt(key.cipherKey, key.iv, plaintext));
  const signature = await signWithSeed(state.signingKeyPair, signedBytes);
  return {
    message: joinBytes([signedBytes, signature]),
    state: { ...state, iteration: state.iteration + 1, chainKey: nextChainKey(state.chainKey) },
  };
}

/**
 * Verifies a message's signature.
 * @returns the same object, now one that {@link openSenderKeyMessage} accepts
 * @throws InvalidSignatureError
 */
export async function verifySenderKeyMessage(
  parsed: SenderKeyMessage,
  signingPublicKey: PublicKey,
): Promise<VerifiedSenderKeyMessage> {
  if (!(await verify(signingPublicKey, parsed.signedBytes, parsed.signature)))
    throw new InvalidSignatureError('The sender key message is not signed by its sender.');
  verifiedMessages.add(parsed);
  return parsed as VerifiedSenderKeyMessage;
}

/**
 * Decrypts a verified message.
 * @throws InvalidSignatureError if {@link verifySenderKeyMessage} has not passed this very object
 * @throws InvalidMessageError if the key is another iteration's, or the plaintext's padding is wrong
 */
export async function openSenderKeyMessage(
  message: VerifiedSenderKeyMessage,
  messageKey: SenderMessageKey,
): Promise<Uint8Array> {
  if (!verifiedMessages.has(message)) throw new InvalidSignatureError('The signature has not been verified.');
  if (messageKey.iteration !== message.iteration)
    throw new InvalidMessageError('The message key is for another iteration.');
  return aesCbcDecrypt(messageKey.cipherKey, messageKey.iv, message.ciphertext);
}

const STATE_VERSION = 2;

/** Serialises a sender's own state, secrets included. */
export function serializeSenderKeyState(state: SenderKeyState): Uint8Array {
  return encodeFields([
    [1, STATE_VERSION],
    [2, state.distributionId],
    [3, state.chainId],
    [4, state.iteration],
    [5, state.chainKey],
    [6, state.signingKeyPair.seed],
  ]);
}

/**
 * Undoes {@link serializeSenderKeyState}.
 * @throws InvalidStateError, InvalidKeyError
 */
export function deserializeSenderKeyState(bytes: Uint8Array): SenderKeyState {
  const malformed = () => new InvalidStateError('The sender key state does not decode.');
  const fields = decodeFields(bytes, malformed);
  if (fields.uint(1) !== STATE_VERSION) throw malformed();
  return {
    distributionId: fields.bytes(2, DISTRIBUTION_ID_LENGTH),
    chainId: fields.uint(3),
    iteration: fields.uint(4),
    chainKey: fields.bytes(5, CHAIN_KEY_LENGTH),
    signingKeyPair: signingKeyPairFromSeed(fields.bytes(6, SEED_LENGTH)),
  };
}

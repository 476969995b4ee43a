import { aesCbcDecrypt, aesCbcEncrypt } from './aes-cbc.js';
import type { KeyPair } from './curve25519.js';
import {
  beginAsInitiator,
  beginAsResponder,
  deriveMessageKeys,
  hasReceivingChain,
  ratchetReceive,
  ratchetSend,
} from './double-ratchet.js';
import { type CryptoError, InvalidMessageError, isCryptoError, NoSessionError } from './errors.js';
import type { IdentityKeyPair } from './identity-key.js';
import { type Kem, mlKem1024 } from './kem.js';
import { initiateAgreement, respondToAgreement } from './pqxdh.js';
import type { PreKeyBundle } from './pre-keys.js';
import { MAX_FORWARD_JUMPS } from './sender-chain.js';
import {
  encodePreKeySignalMessage,
  encodeSignalMessage,
  isAuthentic,
  type PreKeySignalMessage,
  type SignalMessage,
} from './session-message.js';
import { promote, type SessionRecord, type SessionState, statesOf } from './session-state.js';

/** Values of Signal's CiphertextMessageType. */
export const CiphertextMessageType = { Signal: 2, PreKey: 3 } as const;

/** A message for the wire; the type must travel with the body, whose version byte is the same for both. */
export interface CiphertextMessage {
  readonly type: (typeof CiphertextMessageType)[keyof typeof CiphertextMessageType];
  readonly body: Uint8Array;
}

/** Whoever this device is in a session. */
export interface LocalParty {
  readonly identity: IdentityKeyPair;
  readonly registrationId: number;
}

/**
 * Begins a session with the device that a bundle is of.
 * @param now in ms since 1970
 * @throws InvalidSignatureError, InvalidKeyError
 */
export async function initiateSession(
  local: LocalParty,
  bundle: PreKeyBundle,
  kem: Kem = mlKem1024,
  now: number = Date.now(),
): Promise<SessionState> {
  const { rootKey, baseKey, kyberCiphertext } = await initiateAgreement(local.identity, bundle, kem);
  return {
    localIdentity: local.identity.publicKey,
    remoteIdentity: bundle.identityKey,
    localRegistrationId: local.registrationId,
    remoteRegistrationId: bundle.registrationId,
    baseKey,
    ratchet: await beginAsInitiator(rootKey, bundle.signedPreKey),
    pending: {
      preKeyId: bundle.oneTimePreKey?.id,
      signedPreKeyId: bundle.signedPreKeyId,
      kyberPreKeyId: bundle.kyberPreKeyId,
      kyberCiphertext,
      since: now,
    },
  };
}

/** The pre-keys that a pre-key message names. */
export interface ResponderPreKeys {
  readonly signedPreKey: KeyPair;
  readonly oneTimePreKey: KeyPair | undefined;
  readonly kyberSecretKey: Uint8Array;
}

/**
 * The responder's state for a pre-key message, which it has yet to decrypt: a state that decrypts nothing proves nothing.
 * @throws InvalidKeyError, InvalidMessageError
 */
export async function acceptSession(
  local: LocalParty,
  keys: ResponderPreKeys,
  message: PreKeySignalMessage,
  kem: Kem = mlKem1024,
): Promise<SessionState> {
  const { identityKey: theirIdentity, baseKey, kyberCiphertext } = message;
  const input = { ...keys, ourIdentity: local.identity, theirIdentity, baseKey, kyberCiphertext };
  const rootKey = await respondToAgreement(input, kem);
  return {
    localIdentity: local.identity.publicKey,
    remoteIdentity: theirIdentity,
    localRegistrationId: local.registrationId,
    remoteRegistrationId: message.registrationId,
    baseKey,
    ratchet: await beginAsResponder(rootKey, keys.signedPreKey, message.message.ratchetKey),
  };
}

/**
 * Encrypts under a session. Store the new state before the message leaves: a state used twice repeats key and IV.
 * @throws TooFarError if the chain's counter is used up
 */
export async function encryptInSession(
  session: SessionState,
  plaintext: Uint8Array,
): Promise<{ state: SessionState; message: CiphertextMessage }> {
  const { state: ratchet, header, seed } = ratchetSend(session.ratchet);
  const { cipherKey, macKey, iv } = deriveMessageKeys(seed);
  const ciphertext = await aesCbcEncrypt(cipherKey, iv, plaintext);
  const parties = { sender: session.localIdentity, receiver: session.remoteIdentity };
  const body = encodeSignalMessage(header, ciphertext, macKey, parties);
  return { state: { ...session, ratchet }, message: asMessage(session, body) };
}

/** Until the other side has answered, each message brings along what begins the session. */
function asMessage(session: SessionState, body: Uint8Array): CiphertextMessage {
  const { pending, localRegistrationId, localIdentity, baseKey } = session;
  if (!pending) return { type: CiphertextMessageType.Signal, body };
  const header = { ...pending, registrationId: localRegistrationId, identityKey: localIdentity, baseKey };
  return { type: CiphertextMessageType.PreKey, body: encodePreKeySignalMessage(header, body) };
}

/**
 * Decrypts under one session.
 * @param maxJumps most steps ahead in a chain
 * @throws InvalidMessageError, DuplicateMessageError, TooFarError
 */
export async function decryptInSession(
  session: SessionState,
  message: SignalMessage,
  maxJumps: number = MAX_FORWARD_JUMPS,
): Promise<{ state: SessionState; plaintext: Uint8Array }> {
  const { state: ratchet, seed } = await ratchetReceive(session.ratchet, message, maxJumps);
  const { cipherKey, macKey, iv } = deriveMessageKeys(seed);
  const parties = { sender: session.remoteIdentity, receiver: session.localIdentity };
  if (!isAuthentic(message, macKey, parties)) throw new InvalidMessageError('The message is not authentic.');
  const plaintext = await aesCbcDecrypt(cipherKey, iv, message.ciphertext);
  const { pending: _answered, ...answered } = session;
  return { state: { ...answered, ratchet }, plaintext };
}

/** Steps ahead allowed in an archived session: every one of them may have to be tried. */
const MAX_ARCHIVED_JUMPS = 2_000;

/**
 * Decrypts under whichever of a record's sessions the message is of, and makes that one current: so both sides of two
 * sessions begun at once come to use the same.
 * @throws NoSessionError, InvalidMessageError, DuplicateMessageError, TooFarError
 */
export async function decryptInRecord(
  record: SessionRecord,
  message: SignalMessage,
): Promise<{ record: SessionRecord; state: SessionState; plaintext: Uint8Array }> {
  const states = statesOf(record);
  if (states.length === 0) throw new NoSessionError('There is no session to decrypt under.');
  const known = states.filter(({ ratchet }) => hasReceivingChain(ratchet, message.ratchetKey));
  let failure: CryptoError | undefined;
  for (const session of known.length > 0 ? known : states)
    try {
      const isKnown = known.length > 0 || session === record.current;
      const { state, plaintext } = await decryptInSession(
        session,
        message,
        isKnown ? MAX_FORWARD_JUMPS : MAX_ARCHIVED_JUMPS,
      );
      return { record: promote(record, state, session), state, plaintext };
    } catch (error) {
      if (!isCryptoError(error)) throw error;
      failure ??= error;
    }
  throw failure;
}

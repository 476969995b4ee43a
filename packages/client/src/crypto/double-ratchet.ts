import { generateKeyPair, type KeyPair, type PublicKey } from './curve25519.js';
import { TooFarError } from './errors.js';
import { hkdfSha256, messageSeed, nextChainKey } from './kdf.js';
import { MAX_UINT32 } from './protobuf.js';
import { MAX_SKIPPED_KEYS, type ReceivingChain, takeSeed } from './receiving-chain.js';
import { agree } from './x25519.js';

/** Receiving chains kept for late messages, the present one included. */
export const MAX_RECEIVING_CHAINS = 5;

/** The chain that is being sent under. */
export interface SendingChain {
  readonly ratchetKeyPair: KeyPair;
  readonly chainKey: Uint8Array;
  /** The next message's counter. */
  readonly index: number;
}

/** A chain being received, by the ratchet key in its messages. */
export interface RatchetReceivingChain extends ReceivingChain {
  readonly ratchetKey: PublicKey;
}

/** State of a Double Ratchet (Double Ratchet, section 3.2). Immutable. */
export interface RatchetState {
  readonly rootKey: Uint8Array;
  readonly sending: SendingChain;
  /** Length of the previous sending chain. */
  readonly previousCounter: number;
  /** Newest first, at most {@link MAX_RECEIVING_CHAINS}. */
  readonly receiving: readonly RatchetReceivingChain[];
}

/** The clear part of a message (Double Ratchet, section 3.4, HEADER). */
export interface MessageHeader {
  readonly ratchetKey: PublicKey;
  readonly counter: number;
  readonly previousCounter: number;
}

/** What one message is encrypted and authenticated under. */
export interface MessageKeys {
  readonly cipherKey: Uint8Array;
  readonly macKey: Uint8Array;
  readonly iv: Uint8Array;
}

/**
 * The initiator's first state (Double Ratchet, section 3.3, RatchetInitAlice).
 * @param rootKey as agreed by PQXDH
 * @param theirRatchetKey the responder's signed pre-key
 */
export async function beginAsInitiator(
  rootKey: Uint8Array,
  theirRatchetKey: PublicKey,
): Promise<RatchetState> {
  const ratchetKeyPair = generateKeyPair();
  const next = await stepRoot(rootKey, ratchetKeyPair, theirRatchetKey);
  return {
    rootKey: next.rootKey,
    sending: { ratchetKeyPair, chainKey: next.chainKey, index: 0 },
    previousCounter: 0,
    receiving: [],
  };
}

/**
 * The responder's first state (Double Ratchet, section 3.3, RatchetInitBob, and the step that the first message brings).
 * @param ourRatchetKeyPair the signed pre-key that the initiator used
 * @param theirRatchetKey as the first message's header has it
 */
export function beginAsResponder(
  rootKey: Uint8Array,
  ourRatchetKeyPair: KeyPair,
  theirRatchetKey: PublicKey,
): Promise<RatchetState> {
  return stepRatchet({ rootKey, ourRatchetKeyPair, sent: 0, receiving: [] }, theirRatchetKey);
}

/**
 * Takes the next message's seed and header (Double Ratchet, section 3.4, RatchetEncrypt).
 * @throws TooFarError if the chain's counter is used up
 */
export function ratchetSend(state: RatchetState): {
  state: RatchetState;
  header: MessageHeader;
  seed: Uint8Array;
} {
  const { sending, previousCounter } = state;
  if (sending.index >= MAX_UINT32) throw new TooFarError('The sending chain is used up.');
  return {
    state: {
      ...state,
      sending: { ...sending, chainKey: nextChainKey(sending.chainKey), index: sending.index + 1 },
    },
    header: { ratchetKey: sending.ratchetKeyPair.publicKey, counter: sending.index, previousCounter },
    seed: messageSeed(sending.chainKey),
  };
}

/**
 * Takes the seed of a received message (Double Ratchet, section 3.5, RatchetDecrypt). Keep the new state only once the
 * message has proved authentic. A chain that another replaces is kept whole for its late messages, where the
 * specification derives their keys at once: the same keys, without work that a forged header could ask for.
 * @throws DuplicateMessageError, TooFarError, InvalidKeyError
 */
export async function ratchetReceive(
  state: RatchetState,
  header: MessageHeader,
  maxJumps: number,
): Promise<{ state: RatchetState; seed: Uint8Array }> {
  const known = hasReceivingChain(state, header.ratchetKey);
  const stepped = known
    ? state
    : await stepRatchet(
        {
          rootKey: state.rootKey,
          ourRatchetKeyPair: state.sending.ratchetKeyPair,
          sent: state.sending.index,
          receiving: state.receiving,
        },
        header.ratchetKey,
      );
  const at = stepped.receiving.findIndex((chain) => sameKey(chain.ratchetKey, header.ratchetKey));
  const { ratchetKey, ...chain } = stepped.receiving[at]!;
  const taken = takeSeed(chain, header.counter, maxJumps);
  const receiving = stepped.receiving.with(at, { ...taken.chain, ratchetKey });
  return { state: { ...stepped, receiving: boundSkipped(receiving) }, seed: taken.seed };
}

/** Whether a message with this ratchet key belongs to a chain that the state knows. */
export function hasReceivingChain(state: RatchetState, ratchetKey: PublicKey): boolean {
  return state.receiving.some((chain) => sameKey(chain.ratchetKey, ratchetKey));
}

/** HKDF-SHA256(seed, "WhisperMessageKeys", 80) = AES key 32 || MAC key 32 || IV 16. */
export function deriveMessageKeys(seed: Uint8Array): MessageKeys {
  const keys = hkdfSha256(seed, undefined, 'WhisperMessageKeys', 80);
  return { cipherKey: keys.slice(0, 32), macKey: keys.slice(32, 64), iv: keys.slice(64) };
}

interface BeforeStep {
  readonly rootKey: Uint8Array;
  readonly ourRatchetKeyPair: KeyPair;
  /** Messages sent under the chain that the step ends. */
  readonly sent: number;
  readonly receiving: readonly RatchetReceivingChain[];
}

/** Double Ratchet, section 3.5, DHRatchet: a receiving chain for their new key, a sending chain with a new key of ours. */
async function stepRatchet(before: BeforeStep, theirKey: PublicKey): Promise<RatchetState> {
  const received = await stepRoot(before.rootKey, before.ourRatchetKeyPair, theirKey);
  const ratchetKeyPair = generateKeyPair();
  const sent = await stepRoot(received.rootKey, ratchetKeyPair, theirKey);
  const chain = { ratchetKey: theirKey, chainKey: received.chainKey, index: 0, skipped: [] };
  return {
    rootKey: sent.rootKey,
    sending: { ratchetKeyPair, chainKey: sent.chainKey, index: 0 },
    previousCounter: before.sent,
    receiving: [chain, ...before.receiving].slice(0, MAX_RECEIVING_CHAINS),
  };
}

/** Double Ratchet, section 5.2, KDF_RK: HKDF-SHA256(DH, salt root key, "WhisperRatchet", 64) = root key || chain key. */
async function stepRoot(
  rootKey: Uint8Array,
  ours: KeyPair,
  theirs: PublicKey,
): Promise<{ rootKey: Uint8Array; chainKey: Uint8Array }> {
  const keys = hkdfSha256(await agree(ours.privateKey, theirs), rootKey, 'WhisperRatchet', 64);
  return { rootKey: keys.slice(0, 32), chainKey: keys.slice(32) };
}

/** Keeps the newest skipped keys of all chains together within the bound. */
function boundSkipped(chains: readonly RatchetReceivingChain[]): RatchetReceivingChain[] {
  let room = MAX_SKIPPED_KEYS;
  return chains.map((chain) => {
    const from = Math.max(0, chain.skipped.length - room);
    room -= chain.skipped.length - from;
    return from === 0 ? chain : { ...chain, skipped: chain.skipped.slice(from) };
  });
}

function sameKey(a: PublicKey, b: PublicKey): boolean {
  return a.every((byte, i) => byte === b[i]);
}

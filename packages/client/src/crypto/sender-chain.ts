import { NoSenderKeyError, TooFarError } from './errors.js';
import { hkdfSha256, messageSeed, nextChainKey } from './kdf.js';
import { MAX_UINT32 } from './protobuf.js';

/** Most steps that one call moves a chain forward. */
export const MAX_FORWARD_JUMPS = 25_000;

/** A point of a sender chain: the chain key (32 bytes) that message `iteration` is keyed by. Immutable. */
export interface SenderChain {
  readonly iteration: number;
  readonly chainKey: Uint8Array;
}

/** What one sender key message is encrypted under. */
export interface SenderMessageKey {
  readonly iteration: number;
  /** 16 bytes. */
  readonly iv: Uint8Array;
  /** AES-256 key, 32 bytes. */
  readonly cipherKey: Uint8Array;
}

/**
 * The chain at a later iteration.
 * @throws NoSenderKeyError if the chain begins after `toIteration`: chains do not run backwards
 * @throws TooFarError if that is more than {@link MAX_FORWARD_JUMPS} steps ahead, or no 32-bit counter
 */
export function advance(chain: SenderChain, toIteration: number): SenderChain {
  checkReach(chain, toIteration);
  let { chainKey } = chain;
  for (let i = chain.iteration; i < toIteration; i++) chainKey = nextChainKey(chainKey);
  return { iteration: toIteration, chainKey };
}

/**
 * The message key at an iteration of a chain.
 * @throws as {@link advance} does
 */
export function messageKeyAt(chainStart: SenderChain, iteration: number): SenderMessageKey {
  return messageKeyFromSeed(iteration, messageSeed(advance(chainStart, iteration).chainKey));
}

/** The keys that a message's seed stands for: HKDF-SHA256(seed, "WhisperGroup", 48) = IV 16 || AES key 32. */
export function messageKeyFromSeed(iteration: number, seed: Uint8Array): SenderMessageKey {
  const keys = hkdfSha256(seed, undefined, 'WhisperGroup', 48);
  return { iteration, iv: keys.slice(0, 16), cipherKey: keys.slice(16) };
}

function checkReach(chain: SenderChain, iteration: number): void {
  if (iteration < chain.iteration) throw new NoSenderKeyError('The chain begins after this iteration.');
  if (!(iteration - chain.iteration <= MAX_FORWARD_JUMPS && iteration <= MAX_UINT32))
    throw new TooFarError('The iteration is too far ahead.');
}

/** Iterations between two chain keys that a cursor remembers. */
const CHECKPOINT_EVERY = 64;

/**
 * Message keys of one chain by iteration, from the immutable first state a receiver was given. Ascending reads cost one
 * step each; going back costs at most {@link CHECKPOINT_EVERY} steps, from the nearest chain key remembered. It holds the
 * whole chain since its first state, which is what a shared history is: whoever wants forward secrecy within a chain
 * uses GroupCipher.
 */
export class ChainCursor {
  readonly first: SenderChain;
  #at: SenderChain;
  /** Chain keys at first, first + 64, first + 128, ... */
  readonly #checkpoints: SenderChain[];

  constructor(first: SenderChain) {
    this.first = first;
    this.#at = first;
    this.#checkpoints = [first];
  }

  /**
   * The message key at an iteration.
   * @throws NoSenderKeyError if the chain begins after it
   * @throws TooFarError if it is more than {@link MAX_FORWARD_JUMPS} steps after the first state
   */
  messageKey(iteration: number): SenderMessageKey {
    checkReach(this.first, iteration);
    const index = Math.floor((iteration - this.first.iteration) / CHECKPOINT_EVERY);
    const nearest = this.#checkpoints[Math.min(index, this.#checkpoints.length - 1)]!;
    let at = this.#at.iteration > iteration || this.#at.iteration < nearest.iteration ? nearest : this.#at;
    while (at.iteration < iteration) {
      at = { iteration: at.iteration + 1, chainKey: nextChainKey(at.chainKey) };
      const steps = at.iteration - this.first.iteration;
      if (steps === this.#checkpoints.length * CHECKPOINT_EVERY) this.#checkpoints.push(at);
    }
    this.#at = at;
    return messageKeyFromSeed(iteration, messageSeed(at.chainKey));
  }
}

import type { Position } from '@sotto/protocol';
import { ChainCursor, isCryptoError, type SenderMessageKey } from '../crypto/index.js';
import type { ReceivedChain } from './chain.js';
import { ConversationError } from './errors.js';
import type { DistributionId } from './fields.js';

/** Chains whose keys are kept at hand. */
const CURSORS = 256;

/**
 * What reading envelopes remembers between them, in memory only: where each chain's keys have been stepped to, and at
 * which position each iteration was used. Losing it costs steps; to notice a repetition across restarts, tell it of
 * stored envelopes by {@link use} before opening new ones of the same chain.
 */
export class ChainCache {
  readonly #cursors = new Map<DistributionId, ChainCursor>();
  readonly #uses = new Map<DistributionId, Map<number, string>>();

  /**
   * The message key of an iteration.
   * @returns undefined where the chain begins after it
   * @throws ConversationError `conversation/too-far`
   */
  messageKey(id: DistributionId, chain: ReceivedChain, iteration: number): SenderMessageKey | undefined {
    try {
      return this.#cursor(id, chain).messageKey(iteration);
    } catch (error) {
      if (isCryptoError(error, 'crypto/no-sender-key')) return undefined;
      if (isCryptoError(error, 'crypto/too-far'))
        throw new ConversationError('conversation/too-far', 'iteration', error);
      throw error;
    }
  }

  /**
   * Notes that an iteration was used at a position.
   * @throws ConversationError `conversation/repeated` when it was used at another
   */
  use(id: DistributionId, iteration: number, position: Position): void {
    let uses = this.#uses.get(id);
    if (!uses) {
      uses = new Map();
      this.#uses.set(id, uses);
    }
    const place = `${position.document}/${position.client}/${position.clock}`;
    const known = uses.get(iteration);
    if (known !== undefined && known !== place)
      throw new ConversationError('conversation/repeated', 'iteration of a chain');
    uses.set(iteration, place);
  }

  #cursor(id: DistributionId, chain: ReceivedChain): ChainCursor {
    const { iteration, chainKey } = chain.distribution;
    const known = this.#cursors.get(id);
    const cursor = known?.first.iteration === iteration ? known : new ChainCursor({ iteration, chainKey });
    // Delete and set: the map's order is by last use.
    this.#cursors.delete(id);
    this.#cursors.set(id, cursor);
    if (this.#cursors.size > CURSORS) this.#cursors.delete(this.#cursors.keys().next().value!);
    return cursor;
  }
}

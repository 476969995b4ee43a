import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { idBytes, idFromBytes } from '@sotto/protocol';
import { advance, parseDistributionMessage, type SenderKeyDistributionMessage } from '../crypto/index.js';
import { ConversationError, parsing } from './errors.js';
import type { DistributionId } from './fields.js';
import { equalBytes, shortHash, uint32 } from './hash.js';

/** Whose chain it is, and for which epoch: what a distribution id is derived from. */
export interface ChainName {
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly device: DeviceId;
  /** Of the device's lease. */
  readonly generation: number;
}

/**
 * The one chain id that Sotto uses. Signal tells a sender's successive chains apart by it; here each has a distribution
 * id of its own.
 */
export const CHAIN_ID = 1;

/** A chain as another device (or an own one, from its own records) reads it. Immutable once stored. */
export interface ReceivedChain extends ChainName {
  readonly account: AccountId;
  /** The first state that was received: chain key and iteration, signing key. */
  readonly distribution: SenderKeyDistributionMessage;
}

const knownIds = new WeakMap<ChainName, DistributionId>();

/** {@link distributionId} of a name that many envelopes are compared with: computed once for the object, which is immutable. */
export function knownDistributionId(name: ChainName): DistributionId {
  const known = knownIds.get(name) ?? distributionId(name);
  knownIds.set(name, known);
  return known;
}

/** The id of a chain (SPEC X6): a distribution for another place or device can't pass for it. */
export function distributionId(name: ChainName): DistributionId {
  return idFromBytes<DistributionId>(
    shortHash(
      'Sotto distribution v1',
      idBytes(name.conversation),
      uint32(name.epoch),
      idBytes(name.device),
      uint32(name.generation),
    ),
  );
}

/**
 * Reads the distribution message of a chain.
 * @param name what the record around it says; the device is the one whose session brought it
 * @throws ConversationError `conversation/malformed`, `conversation/misplaced` when the message is for another chain
 */
export function receiveChain(
  name: ChainName & { readonly account: AccountId },
  message: Uint8Array,
): ReceivedChain {
  const distribution = parsing('distribution message', () => parseDistributionMessage(message));
  if (idFromBytes<DistributionId>(distribution.distributionId) !== distributionId(name))
    throw new ConversationError('conversation/misplaced', 'distribution id');
  if (distribution.chainId !== CHAIN_ID) throw new ConversationError('conversation/misplaced', 'chain id');
  const { conversation, epoch, device, generation, account } = name;
  return { conversation, epoch, device, generation, account, distribution };
}

/**
 * Which of two records of one chain to keep: the one that begins earlier, if both are the same chain.
 * @returns `known` itself when there is nothing to write
 * @throws ConversationError `conversation/chain-conflict` when they do not agree: `known` stays
 */
export function mergeChains(known: ReceivedChain, second: ReceivedChain): ReceivedChain {
  const same =
    distributionId(known) === distributionId(second) &&
    known.account === second.account &&
    equalBytes(known.distribution.signingKey, second.distribution.signingKey);
  const [earlier, later] =
    second.distribution.iteration < known.distribution.iteration ? [second, known] : [known, second];
  if (!same || !leadsTo(earlier.distribution, later.distribution))
    throw new ConversationError('conversation/chain-conflict', 'second distribution');
  return earlier;
}

function leadsTo(earlier: SenderKeyDistributionMessage, later: SenderKeyDistributionMessage): boolean {
  try {
    return equalBytes(advance(earlier, later.iteration).chainKey, later.chainKey);
  } catch (error) {
    // Further apart than any honest chain is long.
    throw new ConversationError('conversation/chain-conflict', 'too far apart', error);
  }
}

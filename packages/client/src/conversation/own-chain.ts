import type { AccountId, DeviceId } from '@sotto/protocol';
import { idBytes, LIMITS } from '@sotto/protocol';
import {
  advance,
  createSenderKey,
  distributionMessage,
  type SenderChain,
  type SenderKeyState,
} from '../crypto/index.js';
import { CHAIN_ID, type ChainName, distributionId, type ReceivedChain } from './chain.js';
import { ConversationError } from './errors.js';

/** A chain of this device: one a conversation, epoch and generation. Immutable; each change gives the next record. */
export interface OwnChain extends ChainName {
  /** The state at iteration 0. */
  readonly first: SenderKeyState;
  /** The iteration that no envelope has taken yet. */
  readonly nextIteration: number;
  /** Devices whose inbox durably holds this chain. */
  readonly distributedTo: readonly DeviceId[];
}

/** A fresh chain. */
export function createOwnChain(name: ChainName): OwnChain {
  const { conversation, epoch, device, generation } = name;
  const first = createSenderKey(idBytes(distributionId(name)), CHAIN_ID);
  return { conversation, epoch, device, generation, first, nextIteration: 0, distributedTo: [] };
}

/**
 * Takes iterations for envelopes: store the returned chain in the write that freezes them.
 * @returns the first of `count` iterations, and the chain without them
 */
export function takeIterations(chain: OwnChain, count: number): { iteration: number; chain: OwnChain } {
  const { nextIteration } = chain;
  return { iteration: nextIteration, chain: { ...chain, nextIteration: nextIteration + count } };
}

/** Whether the conversation is to move to a new epoch before this chain seals more (`LIMITS.chainEnvelopes`). */
export function isUsedUp(chain: OwnChain): boolean {
  return chain.nextIteration >= LIMITS.chainEnvelopes;
}

/** The chain, once these devices have it too. */
export function withDistributed(chain: OwnChain, devices: Iterable<DeviceId>): OwnChain {
  return { ...chain, distributedTo: [...new Set([...chain.distributedTo, ...devices])].sort() };
}

/**
 * The SenderKeyDistributionMessage that opens the chain from an iteration on. Secret.
 * @param from 0 shares all of the chain; `nextIteration` only what is still to come
 */
export function ownDistribution(chain: OwnChain, from = 0): Uint8Array {
  return distributionMessage(stateAt(chain, from));
}

/** The chain as its readers hold it: this device reads its own envelopes by it. */
export function readOwnChain(chain: OwnChain, account: AccountId): ReceivedChain {
  const { conversation, epoch, device, generation, first } = chain;
  const { distributionId: id, chainId, iteration, chainKey } = first;
  const signingKey = first.signingKeyPair.publicKey;
  const distribution = { distributionId: id, chainId, iteration, chainKey, signingKey };
  return { conversation, epoch, device, generation, account, distribution };
}

/** Sealing goes forwards, so the last state of a chain is a step from the next. */
const lastStates = new WeakMap<SenderKeyState, SenderChain>();

/**
 * The state that seals one iteration.
 * @throws ConversationError `conversation/too-far`
 */
export function stateAt(chain: OwnChain, iteration: number): SenderKeyState {
  const last = lastStates.get(chain.first);
  const from = last && last.iteration <= iteration ? last : chain.first;
  try {
    const at = advance({ iteration: from.iteration, chainKey: from.chainKey }, iteration);
    lastStates.set(chain.first, at);
    return { ...chain.first, iteration: at.iteration, chainKey: at.chainKey };
  } catch (error) {
    throw new ConversationError('conversation/too-far', 'iteration of an own chain', error);
  }
}

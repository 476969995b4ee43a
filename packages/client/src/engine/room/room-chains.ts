import type { AccountId, ConversationId } from '@sotto/protocol';
import { type ChainName, distributionId, mergeChains, type ReceivedChain } from '../../conversation/chain.js';
import { ChainCache } from '../../conversation/chain-cache.js';
import {
  decodeOwnChain,
  decodeReceivedChain,
  encodeOwnChain,
  encodeReceivedChain,
} from '../../conversation/chain-record.js';
import type { DistributionId } from '../../conversation/fields.js';
import { createOwnChain, type OwnChain, readOwnChain } from '../../conversation/own-chain.js';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

/** Changes for one write of the key store, and what to do in memory once they are durable. */
export interface Change {
  readonly writes: readonly KeyWrite[];
  done(): void;
}

/** The chains of one conversation: this device's own and those it was given. */
export class RoomChains {
  readonly cache = new ChainCache();
  readonly #conversation: ConversationId;
  readonly #received = new Map<DistributionId, ReceivedChain>();
  #own: OwnChain | undefined;

  private constructor(conversation: ConversationId) {
    this.#conversation = conversation;
  }

  static async load(keys: KeyStore, conversation: ConversationId): Promise<RoomChains> {
    const chains = new RoomChains(conversation);
    const own = await keys.get(chains.#ownKey());
    chains.#own = own && decodeOwnChain(own);
    for (const [, value] of await keys.list(receivedPrefix(conversation))) {
      const chain = decodeReceivedChain(value);
      chains.#received.set(distributionId(chain), chain);
    }
    return chains;
  }

  received(id: DistributionId): ReceivedChain | undefined {
    return this.#received.get(id);
  }

  /** The chain that a stored envelope was opened by. */
  of(name: Omit<ChainName, 'conversation'>): ReceivedChain | undefined {
    const { epoch, device, generation } = name;
    return this.#received.get(
      distributionId({ conversation: this.#conversation, epoch, device, generation }),
    );
  }

  /** The own chain, if it is the one of this epoch and generation. */
  own(name: Pick<ChainName, 'epoch' | 'generation'>): OwnChain | undefined {
    const own = this.#own;
    return own && own.epoch === name.epoch && own.generation === name.generation ? own : undefined;
  }

  /** A fresh own chain, which this device also reads by. */
  create(name: ChainName, account: AccountId): Change & { readonly chain: OwnChain } {
    const chain = createOwnChain(name);
    const reading = this.accept(readOwnChain(chain, account));
    const keeping = this.keepOwn(chain);
    return {
      chain,
      writes: [...keeping.writes, ...reading.writes],
      done: () => {
        keeping.done();
        reading.done();
      },
    };
  }

  /** The own chain with some iterations taken. */
  keepOwn(chain: OwnChain): Change {
    return {
      writes: [{ key: this.#ownKey(), value: encodeOwnChain(chain) }],
      done: () => {
        this.#own = chain;
      },
    };
  }

  /** Whether a chain is here from where this copy begins, or from earlier on. */
  holds(chain: ReceivedChain): boolean {
    const known = this.#received.get(distributionId(chain));
    return known !== undefined && known.distribution.iteration <= chain.distribution.iteration;
  }

  /**
   * A chain from a verified key record.
   * @throws ConversationError `conversation/chain-conflict`
   */
  accept(chain: ReceivedChain): Change {
    const id = distributionId(chain);
    const known = this.#received.get(id);
    const kept = known ? mergeChains(known, chain) : chain;
    if (kept === known) return { writes: [], done: () => {} };
    return {
      writes: [receivedChainWrite(kept)],
      done: () => this.#received.set(id, kept),
    };
  }

  #ownKey(): string {
    return `chain/own/${this.#conversation}`;
  }
}

const receivedPrefix = (conversation: ConversationId): string => `chain/in/${conversation}/`;

function receivedChainKey(conversation: ConversationId, id: DistributionId): string {
  return `${receivedPrefix(conversation)}${id}`;
}

/** The change that keeps a chain to read by. */
export function receivedChainWrite(chain: ReceivedChain): KeyWrite {
  const key = receivedChainKey(chain.conversation, distributionId(chain));
  return { key, value: encodeReceivedChain(chain) };
}

/** A chain to read by, of a room that need not be loaded. */
export async function storedChain(
  keys: KeyStore,
  conversation: ConversationId,
  id: DistributionId,
): Promise<ReceivedChain | undefined> {
  const value = await keys.get(receivedChainKey(conversation, id));
  return value && decodeReceivedChain(value);
}

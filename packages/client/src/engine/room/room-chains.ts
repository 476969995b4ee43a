import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
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
  /** Their ids by the rest of their names: every stored envelope asks. */
  readonly #ids = new Map<string, DistributionId>();
  /** By epoch: the next one's is made before the epoch begins. */
  readonly #own = new Map<number, OwnChain>();

  private constructor(conversation: ConversationId) {
    this.#conversation = conversation;
  }

  static async load(keys: KeyStore, conversation: ConversationId): Promise<RoomChains> {
    const chains = new RoomChains(conversation);
    for (const [, value] of await keys.list(chains.#ownPrefix())) {
      const own = decodeOwnChain(value);
      chains.#own.set(own.epoch, own);
    }
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
    const rest = `${epoch}.${device}.${generation}`;
    let id = this.#ids.get(rest);
    if (id === undefined) {
      id = distributionId({ conversation: this.#conversation, epoch, device, generation });
      this.#ids.set(rest, id);
    }
    return this.#received.get(id);
  }

  /** The own chain, if it is the one of this epoch and generation. */
  own(name: Pick<ChainName, 'epoch' | 'generation'>): OwnChain | undefined {
    const own = this.#own.get(name.epoch);
    return own?.generation === name.generation ? own : undefined;
  }

  /** A fresh own chain, which this device also reads by. */
  create(name: ChainName, account: AccountId): Change & { readonly chain: OwnChain } {
    const chain = createOwnChain(name);
    const reading = this.accept(readOwnChain(chain, account));
    const keeping = this.keepOwn(chain);
    // The epoch before goes on until this one begins; older ones are over.
    const over = [...this.#own.keys()].filter((epoch) => epoch < name.epoch - 1);
    return {
      chain,
      writes: [
        ...keeping.writes,
        ...reading.writes,
        ...over.map((epoch) => ({ key: this.#ownKey(epoch), value: undefined })),
      ],
      done: () => {
        keeping.done();
        reading.done();
        for (const epoch of over) this.#own.delete(epoch);
      },
    };
  }

  /** The own chain with some iterations taken. */
  keepOwn(chain: OwnChain): Change {
    return {
      writes: [{ key: this.#ownKey(chain.epoch), value: encodeOwnChain(chain) }],
      done: () => {
        this.#own.set(chain.epoch, chain);
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

  /** Every chain that is here, own ones too. */
  all(): ReceivedChain[] {
    return [...this.#received.values()];
  }

  /** Whose device it is, as the chains that came from it say. */
  accountOf(device: DeviceId): AccountId | undefined {
    for (const chain of this.#received.values()) if (chain.device === device) return chain.account;
    return undefined;
  }

  #ownPrefix(): string {
    return `chain/own/${this.#conversation}/`;
  }

  #ownKey(epoch: number): string {
    return `${this.#ownPrefix()}${epoch}`;
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

const proofKey = (id: DistributionId): string => `chain/proof/${id}`;

/** Keeps the author's signature of a chain: whoever is given the chain one day is given it too. */
export function proofWrite(chain: ReceivedChain, signature: Uint8Array): KeyWrite {
  return { key: proofKey(distributionId(chain)), value: new Uint8Array(signature) };
}

/** The author's signature of a chain, if it came with the chain. */
export function proofOf(keys: KeyStore, id: DistributionId): Promise<Uint8Array | undefined> {
  return keys.get(proofKey(id));
}

import type { DeviceId } from '@sotto/protocol';
import { toBase64url } from '@sotto/protocol';
import type { DistributionId } from '../../conversation/fields.js';
import type { ChainEntry, StateEntry } from './archive-entry.js';

/** What the archive holds, as far as this device has read it. What a device that is no longer listed put there counts for nothing. */
export class ArchiveIndex {
  readonly #chains = new Map<DistributionId, ChainEntry[]>();
  readonly #states = new Map<string, StateEntry[]>();
  #listed: ReadonlySet<DeviceId> = new Set();

  /** The account's devices now. */
  setListed(devices: ReadonlySet<DeviceId>): void {
    this.#listed = devices;
  }

  add(entry: ChainEntry | StateEntry): void {
    if (entry.status === 'chain') push(this.#chains, entry.id, entry);
    else push(this.#states, toBase64url(entry.keyId), entry);
  }

  /** Whether a chain is there from this iteration on, or from an earlier one. */
  hasChain(id: DistributionId, iteration: number): boolean {
    return this.#counted(this.#chains.get(id)).some((entry) => entry.iteration <= iteration);
  }

  /** The author's signature of a chain. */
  proofOf(id: DistributionId): Uint8Array | undefined {
    return this.#chains.get(id)?.[0]?.signature;
  }

  hasState(keyId: Uint8Array): boolean {
    return this.#counted(this.#states.get(toBase64url(keyId))).length > 0;
  }

  /** What is there by the word of removed devices alone: one entry a chain, the earliest, and one a state key. */
  orphans(): (ChainEntry | StateEntry)[] {
    const chains = [...this.#chains.values()].filter((entries) => this.#counted(entries).length === 0);
    const states = [...this.#states.values()].filter((entries) => this.#counted(entries).length === 0);
    return [
      ...chains.map((entries) => entries.reduce((a, b) => (b.iteration < a.iteration ? b : a))),
      ...states.map(([first]) => first!),
    ];
  }

  #counted<T extends ChainEntry | StateEntry>(entries: readonly T[] = []): T[] {
    return entries.filter(({ archiver }) => this.#listed.has(archiver));
  }
}

function push<K, T>(map: Map<K, T[]>, key: K, entry: T): void {
  const entries = map.get(key);
  if (entries) entries.push(entry);
  else map.set(key, [entry]);
}

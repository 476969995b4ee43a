import type { Claim, ClaimRange, ClaimStore } from '@sotto/store';

/** A claim store that counts what is asked of it, and can stop dead at a write. */
export class CountingClaims implements ClaimStore {
  readonly #inner: ClaimStore;
  reads: string[] = [];
  writes = 0;
  /** The write, counted from 1, at which it dies; `after` when that write still reaches the disk. */
  dies: { at: number; after: boolean } | undefined;
  #dead = false;

  constructor(inner: ClaimStore) {
    this.#inner = inner;
  }

  /** As if the process was started again. */
  revive(): void {
    this.#dead = false;
    this.dies = undefined;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  claim(key: string, body: Uint8Array, options?: { confirmWithinMs?: number }): Promise<Claim> {
    return this.#write(() => this.#inner.claim(key, body, options));
  }

  confirm(claim: Claim): Promise<void> {
    return this.#write(() => this.#inner.confirm(claim));
  }

  release(claim: Claim): Promise<void> {
    return this.#write(() => this.#inner.release(claim));
  }

  /** Two writes, as the interface has it: a server may die between them. */
  async own(key: string, body: Uint8Array): Promise<Claim> {
    const claim = await this.claim(key, body);
    await this.confirm(claim);
    return claim;
  }

  remove(key: string, only?: Claim): Promise<void> {
    return this.#write(() => this.#inner.remove(key, only));
  }

  erase(keys: readonly string[]): Promise<void> {
    return this.#write(() => this.#inner.erase(keys));
  }

  get(key: string): Promise<Claim | undefined> {
    this.reads.push(`get ${key.split(':')[0]}`);
    return this.#alive(() => this.#inner.get(key));
  }

  list(range: ClaimRange): Promise<Claim[]> {
    this.reads.push(`list ${range.prefix.split(':')[0]}`);
    return this.#alive(() => this.#inner.list(range));
  }

  watch(prefix: string, listener: (claim: Claim) => void): () => void {
    return this.#inner.watch(prefix, listener);
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    this.writes += 1;
    const { at, after } = this.dies ?? { at: 0, after: false };
    if (this.writes !== at) return this.#alive(write);
    if (after) await write();
    this.#dead = true;
    return this.#alive(write);
  }

  async #alive<T>(act: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new Error('the process is dead');
    return act();
  }
}

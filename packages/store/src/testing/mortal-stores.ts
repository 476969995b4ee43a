import type { Claim, ClaimRange, ClaimStore } from '../claims/claim-store.js';
import type { LogStore } from '../log/log-store.js';

/** Stores as a process has them that stops dead at one of its writes, before that reaches the disk. */
export class MortalStores {
  readonly claims: ClaimStore;
  readonly log: LogStore;
  writes = 0;
  dead = false;
  readonly #at: number;

  /** @param at the write, counted from 1 */
  constructor(stores: { log: LogStore; claims: ClaimStore }, at: number) {
    this.#at = at;
    const { log, claims } = stores;
    this.claims = {
      claim: (...call) => this.#write(() => claims.claim(...call)),
      confirm: (claim) => this.#write(() => claims.confirm(claim)),
      release: (claim) => this.#write(() => claims.release(claim)),
      own: (key, body) => this.#own(key, body),
      remove: (key) => this.#write(() => claims.remove(key)),
      erase: (keys) => this.#write(() => claims.erase(keys)),
      get: (key: string) => this.#alive(() => claims.get(key)),
      list: (range: ClaimRange) => this.#alive(() => claims.list(range)),
      watch: (...call) => claims.watch(...call),
    };
    this.log = {
      append: (...call) => this.#write(() => log.append(...call)),
      read: (...call) => this.#alive(() => log.read(...call)),
      stateVector: (document) => this.#alive(() => log.stateVector(document)),
      head: (name) => this.#alive(() => log.head(name)),
      erase: (name) => this.#write(() => log.erase(name)),
      tail: (...call) => log.tail(...call),
      close: () => log.close(),
    };
  }

  /** Two writes, as the interface has it. */
  async #own(key: string, body: Uint8Array): Promise<Claim> {
    const claim = await this.claims.claim(key, body);
    await this.claims.confirm(claim);
    return claim;
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    this.writes += 1;
    if (this.writes === this.#at) this.dead = true;
    return this.#alive(write);
  }

  async #alive<T>(act: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Error('the process is dead');
    return act();
  }
}

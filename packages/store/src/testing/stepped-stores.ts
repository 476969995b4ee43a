import type { ChunkPlace, ChunkStore, PlaceRange } from '../attachments/chunk-store.js';
import type { Claim, ClaimRange, ClaimStore } from '../claims/claim-store.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';

/** Thrown by a process that is dead. */
export class DiedError extends Error {
  override readonly name = 'DiedError';
}

/**
 * Claims and chunks of one server whose operations are counted: before any of them something else can happen, and from any of them on the
 * server can be dead.
 */
export class SteppedStores {
  readonly claims: ClaimStore;
  readonly chunks: ChunkStore;
  steps = 0;
  /** Runs before the step with this number, counted from 1. */
  before: { readonly step: number; readonly run: () => Promise<void> } | undefined;
  /** It dies at the step with this number; `after` when that one is still done. */
  dies: { readonly step: number; readonly after: boolean } | undefined;

  constructor(inner: { readonly claims: ClaimStore; readonly chunks: ChunkStore }) {
    this.claims = new SteppedClaims(inner.claims, (work) => this.#step(work));
    this.chunks = new SteppedChunks(inner.chunks, (work) => this.#step(work));
  }

  async #step<T>(work: () => Promise<T>): Promise<T> {
    this.steps += 1;
    const step = this.steps;
    if (this.before?.step === step) await this.before.run();
    if (this.dies && (step > this.dies.step || (step === this.dies.step && !this.dies.after)))
      throw new DiedError();
    const result = await work();
    if (this.dies?.step === step) throw new DiedError();
    return result;
  }
}

type Step = <T>(work: () => Promise<T>) => Promise<T>;

class SteppedClaims implements ClaimStore {
  readonly #inner: ClaimStore;
  readonly #step: Step;

  constructor(inner: ClaimStore, step: Step) {
    this.#inner = inner;
    this.#step = step;
  }

  claim(key: string, body: Uint8Array, options?: { confirmWithinMs?: number }): Promise<Claim> {
    return this.#step(() => this.#inner.claim(key, body, options));
  }

  confirm(claim: Claim): Promise<void> {
    return this.#step(() => this.#inner.confirm(claim));
  }

  release(claim: Claim): Promise<void> {
    return this.#step(() => this.#inner.release(claim));
  }

  own(key: string, body: Uint8Array): Promise<Claim> {
    return this.#step(() => this.#inner.own(key, body));
  }

  get(key: string): Promise<Claim | undefined> {
    return this.#step(() => this.#inner.get(key));
  }

  list(range: ClaimRange): Promise<Claim[]> {
    return this.#step(() => this.#inner.list(range));
  }

  remove(key: string, only?: Claim): Promise<void> {
    return this.#step(() => this.#inner.remove(key, only));
  }

  erase(keys: readonly string[]): Promise<void> {
    return this.#step(() => this.#inner.erase(keys));
  }

  watch(prefix: string, listener: (claim: Claim) => void): Unsubscribe {
    return this.#inner.watch(prefix, listener);
  }
}

class SteppedChunks implements ChunkStore {
  readonly #inner: ChunkStore;
  readonly #step: Step;

  constructor(inner: ChunkStore, step: Step) {
    this.#inner = inner;
    this.#step = step;
  }

  put(place: ChunkPlace, index: number, bytes: Uint8Array): Promise<void> {
    return this.#step(() => this.#inner.put(place, index, bytes));
  }

  get(place: ChunkPlace, index: number): Promise<Uint8Array | undefined> {
    return this.#step(() => this.#inner.get(place, index));
  }

  present(place: ChunkPlace, count: number): Promise<number[]> {
    return this.#step(() => this.#inner.present(place, count));
  }

  remove(place: ChunkPlace, count: number): Promise<void> {
    return this.#step(() => this.#inner.remove(place, count));
  }

  places(range: PlaceRange): Promise<ChunkPlace[]> {
    return this.#step(() => this.#inner.places(range));
  }
}

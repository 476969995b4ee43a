import type { Claim, ClaimRange, ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import { available } from '../level/available.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import { CouchClaimStore } from './couch-claim-store.js';
import type { CouchClient } from './couch-client.js';
import { unavailable } from './couch-client.js';
import { CouchDatabase } from './database.js';
import { claimDatabase } from './layout.js';
import {
  ASK_MS,
  generationName,
  KNOWN_MS,
  type Rotation,
  readRotation,
  rotatingParts,
  SETTLED_MS,
} from './rotation.js';
import type { CouchSettings } from './settings.js';

/** A guard in an older database holds so long, milliseconds: longer than any server may be behind. */
const GUARD_MS = SETTLED_MS + 30_000;

interface Watch {
  readonly prefix: string;
  readonly listener: (claim: Claim) => void;
  readonly interrupted: (() => void) | undefined;
  readonly stops: Unsubscribe[];
}

/** Generations of one part, oldest first. */
interface Part {
  generations: readonly { readonly number: number; readonly from: number; readonly store: ClaimStore }[];
  /** When this was asked for, by the monotonic clock and by the wall's: one of them stands still while a machine sleeps. */
  known: { readonly at: number; readonly wall: number };
}

/**
 * Claims whose parts can be replaced by new databases while any number of servers go on. Where nothing was replaced it is the
 * store of the first databases.
 */
export class RotatingClaimStore implements ClaimStore {
  readonly #client: CouchClient;
  readonly #settings: CouchSettings;
  readonly #first: CouchClaimStore;
  readonly #now: () => number;
  readonly #parts = new Map<string, Part>();
  readonly #newer = new Map<string, CouchClaimStore>();
  readonly #watches = new Set<Watch>();
  readonly #asking: NodeJS.Timeout;
  #learning: Promise<void> = Promise.resolve();

  private constructor(
    client: CouchClient,
    settings: CouchSettings,
    first: CouchClaimStore,
    now: () => number,
  ) {
    this.#client = client;
    this.#settings = settings;
    this.#first = first;
    this.#now = now;
    this.#asking = setInterval(() => {
      // Without an answer what is known grows old, and nothing is claimed by it.
      this.learn().catch(() => undefined);
    }, ASK_MS);
    this.#asking.unref();
  }

  /** @param first of the first databases of all parts @throws ProtocolError `sync/store-unavailable` */
  static async open(
    client: CouchClient,
    settings: CouchSettings,
    first: CouchClaimStore,
    now: () => number = Date.now,
  ): Promise<RotatingClaimStore> {
    const store = new RotatingClaimStore(client, settings, first, now);
    try {
      await store.learn();
    } catch (error) {
      clearInterval(store.#asking);
      throw error;
    }
    return store;
  }

  /** Asks what stands now. */
  learn(): Promise<void> {
    const learning = this.#learning.then(async () => {
      for (const part of rotatingParts(this.#settings)) {
        const asked = { at: performance.now(), wall: Date.now() };
        await this.#take(part, await readRotation(this.#client, this.#settings, part), asked);
      }
    });
    this.#learning = learning.catch(() => undefined);
    return learning;
  }

  async claim(key: string, body: Uint8Array, options: { confirmWithinMs?: number } = {}): Promise<Claim> {
    const { written, older, guarding } = this.#placed(key);
    const guards: Claim[] = [];
    const release = () => Promise.all(guards.map((guard, index) => older[index]!.release(guard)));
    try {
      for (const store of older)
        guards.push(await store.claim(key, new Uint8Array(), { confirmWithinMs: GUARD_MS }));
      const claim = await written.claim(key, body, options);
      // As long as a server may not look into the new database, the old one has to say that the key is taken.
      if (!guarding) await release();
      return claim;
    } catch (error) {
      await release().catch(() => undefined);
      throw error;
    }
  }

  async own(key: string, body: Uint8Array): Promise<Claim> {
    if (this.#placed(key).older.length === 0) return this.#placed(key).written.own(key, body);
    const claim = await this.claim(key, body);
    await this.confirm(claim);
    return claim;
  }

  async confirm(claim: Claim): Promise<void> {
    const stores = this.#written(claim.key).reverse();
    for (const [index, store] of stores.entries())
      try {
        return await store.confirm(claim);
      } catch (error) {
        // It was made before the newer one was written to.
        if (!(error instanceof ClaimTakenError) || index === stores.length - 1) throw error;
      }
  }

  async release(claim: Claim): Promise<void> {
    for (const store of this.#written(claim.key)) await store.release(claim);
  }

  /** Older ones first: what is being carried over is looked for again where it came from. */
  async remove(key: string, only?: Claim): Promise<void> {
    for (const store of this.#written(key)) await store.remove(key, only);
  }

  async erase(keys: readonly string[]): Promise<void> {
    for (const key of keys) for (const store of this.#written(key)) await store.erase([key]);
  }

  async get(key: string): Promise<Claim | undefined> {
    const found = await Promise.all(this.#stores(key).map((store) => store.get(key)));
    return found.findLast((claim) => claim !== undefined);
  }

  async list(range: ClaimRange): Promise<Claim[]> {
    const stores = this.#stores(range.prefix);
    if (stores.length === 1) return stores[0]!.list(range);
    const byKey = new Map<string, Claim>();
    for (const store of stores) for (const claim of await store.list(range)) byKey.set(claim.key, claim);
    const direction = range.reverse ? -1 : 1;
    return [...byKey.values()]
      .sort((a, b) => direction * Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
      .slice(0, range.limit ?? Infinity);
  }

  watch(prefix: string, listener: (claim: Claim) => void, interrupted?: () => void): Unsubscribe {
    const watch: Watch = { prefix, listener, interrupted, stops: [] };
    this.#watches.add(watch);
    for (const store of this.#stores(prefix)) watch.stops.push(store.watch(prefix, listener, interrupted));
    return () => {
      this.#watches.delete(watch);
      for (const stop of watch.stops) stop();
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#asking);
    await this.#learning;
    await Promise.all([this.#first, ...this.#newer.values()].map((store) => store.close()));
  }

  #stores(key: string): ClaimStore[] {
    const part = this.#parts.get(claimDatabase(this.#settings, key));
    return part ? part.generations.map(({ store }) => store) : [this.#first];
  }

  /** For changes: what is gone by must not be old. */
  #written(key: string): ClaimStore[] {
    const part = this.#parts.get(claimDatabase(this.#settings, key));
    const age = part && Math.max(performance.now() - part.known.at, Date.now() - part.known.wall);
    if (age !== undefined && age > KNOWN_MS) throw unavailable('what is replaced is not known');
    return this.#stores(key);
  }

  /** Where a key is claimed now, and in which older ones it is guarded; `guarding` while servers may not be so far yet. */
  #placed(key: string): { written: ClaimStore; older: readonly ClaimStore[]; guarding: boolean } {
    const stores = this.#written(key);
    const generations = this.#parts.get(claimDatabase(this.#settings, key))?.generations ?? [];
    const now = this.#now();
    const index = Math.max(
      0,
      generations.findLastIndex(({ from }) => from <= now),
    );
    const guarding = index > 0 && now < generations[index]!.from + SETTLED_MS;
    return { written: stores[index]!, older: stores.slice(0, index), guarding };
  }

  async #take(part: string, { generations }: Rotation, known: Part['known']): Promise<void> {
    const open: Part['generations'][number][] = [];
    for (const { number, from } of generations)
      open.push({ number, from, store: number === 0 ? this.#first : await this.#open(part, number) });
    const before = new Set(this.#parts.get(part)?.generations.map(({ number }) => number) ?? [0]);
    this.#parts.set(part, { generations: open, known });
    for (const { number, store } of open) {
      if (before.has(number)) continue;
      for (const watch of this.#watches)
        if (claimDatabase(this.#settings, watch.prefix) === part)
          watch.stops.push(store.watch(watch.prefix, watch.listener, watch.interrupted));
    }
  }

  async #open(part: string, number: number): Promise<CouchClaimStore> {
    const name = generationName(part, number);
    const known = this.#newer.get(name);
    if (known) return known;
    const database = new CouchDatabase(this.#client, name);
    const since = await available(() => database.open());
    if (since === undefined) throw unavailable('a database that was announced is not there');
    const store = new CouchClaimStore([{ database, since }], () => name, this.#now);
    this.#newer.set(name, store);
    return store;
  }
}

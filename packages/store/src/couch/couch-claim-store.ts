import { setTimeout as sleep } from 'node:timers/promises';
import { RecentMap } from '../cache/recent-map.js';
import { assertClaimKey, sameClaim } from '../claims/claim-record.js';
import type { Claim, ClaimRange, ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import { available } from '../level/available.js';
import { Listeners } from '../watch/listeners.js';
import { OneAtATime } from '../watch/one-at-a-time.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import { ChangesFeed } from './changes-feed.js';
import type { ClaimBranch } from './claim-documents.js';
import { claimBranch, confirmedDocument, holds, isClaim, pendingDocument } from './claim-documents.js';
import { listClaims } from './claim-listing.js';
import { unavailable } from './couch-client.js';
import type { CouchDatabase, StoredDocument } from './database.js';

/** How long an unconfirmed claim holds unless told otherwise, milliseconds. */
const CONFIRM_WITHIN_MS = 60_000;
/** So long before it expires a claim is confirmed like one that expired: another server's clock may be ahead. */
const LATE_MS = 20_000;
const TRIES = 16;
const LONGEST_PAUSE_MS = 400;
const TOLD_REMEMBERED = 100_000;
/** Keys that changed so recently that one copy may not have heard of it, milliseconds; and how many of them are remembered. */
const RECENT_MS = 60_000;
const RECENT_REMEMBERED = 20_000;
/** Requests that may wait here, beyond which more are refused. */
const MOST_WAITING = 10_000;

/** A database of claims, and its position in time when it was opened. */
export interface OpenClaims {
  readonly database: CouchDatabase;
  readonly since: string;
}

interface Part {
  readonly database: CouchDatabase;
  readonly feed: ChangesFeed;
  readonly listeners: Listeners<[Claim]>;
  readonly interrupted: Listeners<[]>;
}

/**
 * The claim store on CouchDB. A cluster may tell two writers of one id that it took both, so each writes with a quorum, then
 * reads all branches with a quorum: of two rivals at least one sees the other. Alone means owned; whoever sees another takes
 * its own branch back and tries again after a random pause. Within one server claims of one key queue up.
 */
export class CouchClaimStore implements ClaimStore {
  readonly #parts: ReadonlyMap<string, Part>;
  readonly #placeOf: (key: string) => string;
  readonly #now: () => number;
  readonly #keys = new OneAtATime();
  /** Nonces of claims that were told, so that the feed does not tell them again. */
  readonly #told = new RecentMap<string, true>(TOLD_REMEMBERED);
  /** Keys that this server changed or heard of, and when by the monotonic clock: a listing asks a quorum for them. */
  readonly #recent = new RecentMap<string, number>(RECENT_REMEMBERED);
  #waiting = 0;
  #closed = false;

  /**
   * @param databases all of them
   * @param placeOf name of the database that a key, or a prefix with a whole family, lies in
   * @param now the clock, milliseconds since 1970
   */
  constructor(
    databases: readonly OpenClaims[],
    placeOf: (key: string) => string,
    now: () => number = Date.now,
  ) {
    this.#placeOf = placeOf;
    this.#now = now;
    this.#parts = new Map(
      databases.map(({ database, since }) => {
        const part: Part = {
          database,
          listeners: new Listeners(),
          interrupted: new Listeners(),
          feed: new ChangesFeed(database, since, {
            changed: (documents) => this.#hear(part, documents),
            broken: () => part.interrupted.tell(),
          }),
        };
        return [database.name, part];
      }),
    );
  }

  async claim(key: string, body: Uint8Array, options: { confirmWithinMs?: number } = {}): Promise<Claim> {
    assertClaimKey(key);
    return this.#inTurn(key, async () => {
      const { claim } = await this.#take(key, body, options.confirmWithinMs ?? CONFIRM_WITHIN_MS);
      return claim;
    });
  }

  async own(key: string, body: Uint8Array): Promise<Claim> {
    assertClaimKey(key);
    return this.#inTurn(key, async () => {
      const { claim } = await this.#take(key, body, CONFIRM_WITHIN_MS);
      await this.#confirm(claim);
      return claim;
    });
  }

  confirm(claim: Claim): Promise<void> {
    return this.#inTurn(claim.key, () => this.#confirm(claim));
  }

  release(claim: Claim): Promise<void> {
    return this.#inTurn(claim.key, async () => {
      const { database } = this.#partOf(claim.key);
      const own = (await this.#branches(claim.key)).find((branch) => sameClaim(branch.claim, claim));
      if (own?.until !== undefined) await database.remove(own.stored);
    });
  }

  remove(key: string, only?: Claim): Promise<void> {
    return this.#inTurn(key, async () => {
      const { database } = this.#partOf(key);
      for (const { claim, until, stored } of await this.#branches(key))
        if (until === undefined && (!only || sameClaim(claim, only))) await database.remove(stored);
      this.#recent.set(key, performance.now());
    });
  }

  async erase(keys: readonly string[]): Promise<void> {
    for (const key of keys)
      await this.#inTurn(key, async () => {
        const { database } = this.#partOf(key);
        const revisions = await database.revisions(key);
        if (revisions.length > 0) await database.purge(new Map([[key, revisions]]));
        this.#recent.delete(key);
      });
  }

  async get(key: string): Promise<Claim | undefined> {
    return available(async () => (await this.#branches(key)).find(({ until }) => until === undefined)?.claim);
  }

  async list(range: ClaimRange): Promise<Claim[]> {
    const since = performance.now() - RECENT_MS;
    const recent = [...this.#recent.entries()].flatMap(([key, at]) =>
      at >= since && key.startsWith(range.prefix) ? [key] : [],
    );
    return available(() => listClaims(this.#partOf(range.prefix).database, range, recent));
  }

  watch(prefix: string, listener: (claim: Claim) => void, interrupted?: () => void): Unsubscribe {
    const part = this.#partOf(prefix);
    part.feed.start();
    const leave = part.listeners.add((claim) => {
      if (claim.key.startsWith(prefix)) listener(claim);
    });
    const leaveInterrupted = interrupted && part.interrupted.add(interrupted);
    return () => {
      leave();
      leaveInterrupted?.();
    };
  }

  /** Waits for what is under way and ends the feeds; later requests are refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#keys.settled();
    await Promise.all([...this.#parts.values()].map(({ feed }) => feed.stop()));
  }

  #partOf(key: string): Part {
    if (!key.includes(':')) throw new RangeError('claims: a prefix names a whole family');
    return this.#parts.get(this.#placeOf(key))!;
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw unavailable('closed');
    if (this.#waiting >= MOST_WAITING) throw unavailable('too much waits');
    this.#waiting += 1;
    try {
      return await this.#keys.run(key, () => orTaken(work));
    } finally {
      this.#waiting -= 1;
    }
  }

  async #branches(key: string): Promise<ClaimBranch[]> {
    return (await this.#partOf(key).database.branches(key)).map(claimBranch);
  }

  /** @returns the only branch there is, on a quorum, unconfirmed */
  async #take(key: string, body: Uint8Array, confirmWithinMs: number): Promise<ClaimBranch> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if (attempt > 0) await randomPause(attempt);
      const at = this.#now();
      // Fresh at each attempt: one of which nothing is known must not be taken for this one when it comes through late.
      const nonce = crypto.getRandomValues(new Uint8Array(16));
      const claim: Claim = { key, nonce, body, at };
      const until = at + confirmWithinMs;
      const written = await this.#write({ ...claim, until });
      if (written === 'again') continue;
      const branches = await this.#branches(key);
      const own = branches.find((branch) => sameClaim(branch.claim, claim));
      const rivals = branches.filter((branch) => branch !== own && holds(branch, this.#now()));
      if (own && rivals.length === 0 && written === 'quorum') return own;
      if (own) await this.#partOf(key).database.remove(own.stored);
      if (rivals.some((rival) => rival.until === undefined)) throw new ClaimTakenError(key);
    }
    throw unavailable('rivals keep claiming the same key');
  }

  /** @returns whether a quorum has it, nothing is known, or somebody whose claim expired was in the way */
  async #write(claim: Claim & { until: number }): Promise<'quorum' | 'unknown' | 'again'> {
    const { database } = this.#partOf(claim.key);
    const document = pendingDocument(claim);
    const first = await database.putOnce(document);
    if (first === 'unknown') return 'unknown';
    if (first !== 'conflict') return 'quorum';
    const branches = await this.#branches(claim.key);
    if (branches.some((branch) => holds(branch, this.#now()))) throw new ClaimTakenError(claim.key);
    const [expired, ...others] = branches;
    if (!expired) return 'again';
    for (const { stored } of others) await database.remove(stored);
    // Written over it, so that its owner's late confirmation fails.
    const second = await database.putOnce({ ...document, _rev: expired.stored._rev });
    if (second === 'conflict') return 'again';
    return second === 'unknown' ? 'unknown' : 'quorum';
  }

  async #confirm(claim: Claim): Promise<void> {
    const { database } = this.#partOf(claim.key);
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if (attempt > 0) await randomPause(attempt);
      const branches = await this.#branches(claim.key);
      const own = branches.find((branch) => sameClaim(branch.claim, claim));
      if (!own) throw new ClaimTakenError(claim.key);
      if (own.until === undefined) {
        await database.assertDurable([own.stored]);
        this.#tell(own.claim);
        return;
      }
      const late = this.#now() > own.until - LATE_MS;
      if (late && this.#hasRival(branches, own)) throw new ClaimTakenError(claim.key);
      const written = await database.putOnce(confirmedDocument(own));
      if (written === 'conflict' || written === 'unknown') continue;
      if (late) await this.#assertAlone(claim, own);
      this.#tell(own.claim);
      return;
    }
    throw unavailable('CouchDB does not say whether a claim is confirmed');
  }

  /** Somebody may have taken over at the same time: one of both sees the other, and each who does yields. */
  async #assertAlone(claim: Claim, before: ClaimBranch): Promise<void> {
    const branches = await this.#branches(claim.key);
    const own = branches.find((branch) => sameClaim(branch.claim, before.claim));
    if (own && !this.#hasRival(branches, own)) return;
    if (own) await this.#partOf(claim.key).database.remove(own.stored);
    throw new ClaimTakenError(claim.key);
  }

  #hasRival(branches: readonly ClaimBranch[], own: ClaimBranch): boolean {
    return branches.some((branch) => branch !== own && holds(branch, this.#now()));
  }

  #tell(claim: Claim): void {
    const nonce = Buffer.from(claim.nonce).toString('base64');
    this.#recent.set(claim.key, performance.now());
    if (this.#told.get(nonce)) return;
    this.#told.set(nonce, true);
    this.#partOf(claim.key).listeners.tell(claim);
  }

  async #hear({ database }: Part, documents: readonly StoredDocument[]): Promise<void> {
    const clear = documents.filter((stored) => !stored._conflicts);
    const rivals = documents.filter((stored) => stored._conflicts);
    const leaves = [...(await database.getAll(rivals.map(({ _id }) => _id))).values()].flat();
    // What is no claim of ours must not keep the feed from telling of the others.
    for (const stored of [...clear, ...leaves].filter(isClaim)) {
      const { claim, until } = claimBranch(stored);
      if (until === undefined) this.#tell(claim);
    }
  }
}

async function orTaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClaimTakenError) throw error;
    return available(() => Promise.reject(error));
  }
}

async function randomPause(attempt: number): Promise<void> {
  await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 10 * 2 ** attempt));
}

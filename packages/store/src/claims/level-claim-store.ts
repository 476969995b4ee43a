import { DecodeError } from '@sotto/protocol';
import { available } from '../level/available.js';
import { forgetDeleted, stretchesAround } from '../level/compacting.js';
import type { Change, Database, Sublevel } from '../level/database.js';
import { interruptionsOf, openSublevel, plainView, writeDurably } from '../level/database.js';
import { GroupCommit } from '../level/group-commit.js';
import { Listeners } from '../watch/listeners.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import type { ClaimOutcome, ClaimRequest, KeyState } from './claim-changes.js';
import { decideClaim } from './claim-changes.js';
import type { PendingClaim } from './claim-record.js';
import {
  assertClaimKey,
  decodeClaim,
  decodePending,
  encodeClaim,
  encodePending,
  endOfPrefix,
  mayBeLeftOut,
} from './claim-record.js';
import type { Claim, ClaimRange, ClaimStore } from './claim-store.js';
import { NewestKeys } from './newest-keys.js';

/** How long an unconfirmed claim holds unless told otherwise, milliseconds. */
export const CONFIRM_WITHIN_MS = 60_000;
/** Bytes of bodies after which a group is closed. */
const GROUP_BYTES = 1024 * 1024;
/** Bytes of bodies that may wait, beyond which more are refused. */
const WAITING_BYTES = 16 * 1024 * 1024;

/** What is stored of a key is none of ours. */
interface Unreadable {
  readonly unreadable: unknown;
}

/** The claim store on LevelDB: one process decides, one request a key at a time, fsync before every answer. */
export class LevelClaimStore implements ClaimStore {
  readonly #database: Database;
  readonly #confirmed: Sublevel;
  /** Apart from the confirmed ones, so that ranges hold nothing to be skipped. */
  readonly #pending: Sublevel;
  readonly #newest: NewestKeys;
  readonly #now: () => number;
  readonly #group: GroupCommit<ClaimRequest, ClaimOutcome | Unreadable>;
  readonly #listeners = new Listeners<[Claim]>();

  /**
   * @param database stays its opener's to close, after this store
   * @param now the clock, milliseconds since 1970
   */
  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#confirmed = openSublevel(database, 'claim');
    this.#pending = openSublevel(database, 'pending');
    this.#newest = new NewestKeys(database, this.#confirmed);
    this.#now = now;
    this.#group = new GroupCommit((requests) => available(() => this.#commit(requests)), {
      weigh: ({ claim }) => 128 + ('body' in claim ? claim.body.length : 0),
      weight: GROUP_BYTES,
      waiting: WAITING_BYTES,
    });
  }

  async claim(key: string, body: Uint8Array, options: { confirmWithinMs?: number } = {}): Promise<Claim> {
    const claim = this.#fresh(key, body);
    const until = claim.at + (options.confirmWithinMs ?? CONFIRM_WITHIN_MS);
    await this.#ask({ do: 'claim', claim: { ...claim, until } });
    return claim;
  }

  async own(key: string, body: Uint8Array): Promise<Claim> {
    const claim = this.#fresh(key, body);
    await this.#ask({ do: 'own', claim });
    return claim;
  }

  confirm({ key, nonce, body, at }: Claim): Promise<void> {
    return this.#ask({ do: 'confirm', claim: { key, nonce, body, at } });
  }

  release(claim: Claim): Promise<void> {
    return this.#ask({ do: 'release', claim });
  }

  remove(key: string, only?: Claim): Promise<void> {
    return this.#ask({ do: 'remove', claim: { key }, ...(only && { only }) });
  }

  async get(key: string): Promise<Claim | undefined> {
    const bytes = await available(() => this.#valueOf(key));
    return bytes && available(async () => decodeClaim(key, plainView(bytes)));
  }

  async list(range: ClaimRange): Promise<Claim[]> {
    const newest = isOfNewest(range) && (await available(async () => this.#newest.peek(range.prefix)));
    if (newest) return available(async () => readable(newest[0], plainView(newest[1])));
    const options = { ...keyRange(range), reverse: range.reverse ?? false, limit: range.limit ?? -1 };
    const entries = await available(() => this.#confirmed.iterator(options).all());
    return available(async () => entries.flatMap(([key, bytes]) => readable(key, plainView(bytes))));
  }

  async erase(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.#ask({ do: 'erase', claim: { key } })));
    const places = [this.#confirmed, this.#pending];
    await available(() => forgetDeleted(this.#database, places, stretchesAround(keys)));
    await available(() => this.#newest.forget(keys));
  }

  watch(prefix: string, listener: (claim: Claim) => void, interrupted?: () => void): Unsubscribe {
    const leave = this.#listeners.add((claim) => {
      if (claim.key.startsWith(prefix)) listener(claim);
    });
    const leaveInterrupted = interrupted && interruptionsOf(this.#database).add(interrupted);
    return () => {
      leave();
      leaveInterrupted?.();
    };
  }

  /** Waits for the requests under way; later ones are refused. */
  close(): Promise<void> {
    return this.#group.close();
  }

  /** Deletes claims that expired unconfirmed, such as a crash leaves behind. Nobody needs it for being right. */
  async sweep(): Promise<void> {
    const entries = await available(() => this.#pending.iterator().all());
    const expired = entries
      .flatMap(([key, bytes]) => pendingOf(key, plainView(bytes)))
      .filter(({ until }) => until <= this.#now());
    await Promise.all(expired.map((claim) => this.release(claim)));
  }

  #fresh(key: string, body: Uint8Array): Claim {
    assertClaimKey(key);
    return { key, nonce: crypto.getRandomValues(new Uint8Array(16)), body, at: this.#now() };
  }

  async #ask(request: ClaimRequest): Promise<void> {
    const outcome = await this.#group.run(request);
    if ('unreadable' in outcome) return available(() => Promise.reject(outcome.unreadable));
    if (outcome.taken) throw outcome.taken;
  }

  /** A look at one key: what another thread would take to begin with it is more than what it takes. */
  async #valueOf(key: string): Promise<Uint8Array | undefined> {
    return this.#database.status === 'open' ? this.#confirmed.getSync(key) : this.#confirmed.get(key);
  }

  async #commit(requests: readonly ClaimRequest[]): Promise<(ClaimOutcome | Unreadable)[]> {
    const states = await this.#statesOf(new Set(requests.map(({ claim }) => claim.key)));
    const changed = new Map<string, KeyState>();
    const outcomes = requests.map((request) => {
      const { key } = request.claim;
      const state = changed.get(key) ?? states.get(key)!;
      if ('unreadable' in state) return state;
      const outcome = decideClaim(request, state, this.#now());
      if (!outcome.taken && outcome.after) changed.set(key, outcome.after);
      return outcome;
    });
    const there = new Map([...changed].map(([key, { confirmed }]) => [key, confirmed !== undefined]));
    const changes = [...changed].flatMap(([key, state]) => this.#changes(key, state));
    changes.push(...(await this.#newest.changes(there)));
    if (changes.length > 0) await writeDurably(this.#database, changes);
    for (const outcome of outcomes) {
      if ('unreadable' in outcome) continue;
      if (!outcome.taken && outcome.confirmed) this.#listeners.tell(outcome.after!.confirmed!);
    }
    return outcomes;
  }

  #changes(key: string, { confirmed, pending }: KeyState): Change[] {
    return [
      { sublevel: this.#confirmed, key, ...(confirmed && { value: encodeClaim(confirmed) }) },
      { sublevel: this.#pending, key, ...(pending && { value: encodePending(pending) }) },
    ];
  }

  async #statesOf(keys: ReadonlySet<string>): Promise<Map<string, KeyState | Unreadable>> {
    const list = [...keys];
    const [confirmed, pending]: (Uint8Array | undefined)[][] = await Promise.all([
      this.#confirmed.getMany(list),
      this.#pending.getMany(list),
    ]);
    return new Map(list.map((key, index) => [key, stateOf(key, confirmed![index], pending![index])]));
  }
}

/** One key that cannot be read fails the requests for it, and no others of the group. */
function stateOf(
  key: string,
  confirmed: Uint8Array | undefined,
  pending: Uint8Array | undefined,
): KeyState | Unreadable {
  try {
    return {
      confirmed: confirmed && decodeClaim(key, plainView(confirmed)),
      pending: pending && decodePending(key, plainView(pending)),
    };
  } catch (unreadable) {
    return { unreadable };
  }
}

/** A claim that cannot be read fails a listing only where it may be the one that counts. */
function readable(key: string, bytes: Uint8Array): Claim[] {
  try {
    return [decodeClaim(key, bytes)];
  } catch (error) {
    if (error instanceof DecodeError && mayBeLeftOut(key)) return [];
    throw error;
  }
}

function pendingOf(key: string, bytes: Uint8Array): PendingClaim[] {
  try {
    return [decodePending(key, bytes)];
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

function keyRange({ prefix, after, reverse }: ClaimRange): { gte?: string; gt?: string; lt: string } {
  const end = endOfPrefix(prefix);
  if (after === undefined) return { gte: prefix, lt: end };
  if (reverse) return { gte: prefix, lt: isBelow(after, end) ? after : end };
  return isBelow(after, prefix) ? { gte: prefix, lt: end } : { gt: after, lt: end };
}

/** As LevelDB compares: UTF-8 bytes, which is not how JavaScript compares beyond the basic plane. */
function isBelow(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

function isOfNewest({ reverse, limit, after }: ClaimRange): boolean {
  return reverse === true && limit === 1 && after === undefined;
}

import { available } from '../level/available.js';
import type { Change, Database, Sublevel } from '../level/database.js';
import { interruptionsOf, openSublevel, plainView, writeDurably } from '../level/database.js';
import { GroupCommit } from '../level/group-commit.js';
import { Listeners } from '../watch/listeners.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import type { ClaimOutcome, ClaimRequest, KeyState } from './claim-changes.js';
import { decideClaim } from './claim-changes.js';
import {
  assertClaimKey,
  decodeClaim,
  decodePending,
  encodeClaim,
  encodePending,
  endOfPrefix,
} from './claim-record.js';
import type { Claim, ClaimRange, ClaimStore } from './claim-store.js';

/** How long an unconfirmed claim holds unless told otherwise, milliseconds. */
export const CONFIRM_WITHIN_MS = 60_000;
/** Bytes of bodies after which a group is closed. */
const GROUP_BYTES = 1024 * 1024;

/** The claim store on LevelDB: one process decides, one request a key at a time, fsync before every answer. */
export class LevelClaimStore implements ClaimStore {
  readonly #database: Database;
  readonly #confirmed: Sublevel;
  /** Apart from the confirmed ones, so that ranges hold nothing to be skipped. */
  readonly #pending: Sublevel;
  readonly #now: () => number;
  readonly #group: GroupCommit<ClaimRequest, ClaimOutcome>;
  readonly #listeners = new Listeners<[Claim]>();

  /**
   * @param database stays its opener's to close, after this store
   * @param now the clock, milliseconds since 1970
   */
  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#confirmed = openSublevel(database, 'claim');
    this.#pending = openSublevel(database, 'pending');
    this.#now = now;
    this.#group = new GroupCommit((requests) => available(() => this.#commit(requests)), {
      weigh: ({ claim }) => 128 + ('body' in claim ? claim.body.length : 0),
      weight: GROUP_BYTES,
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
    const bytes = await available(() => this.#confirmed.get(key));
    return bytes && decodeClaim(key, plainView(bytes));
  }

  async list(range: ClaimRange): Promise<Claim[]> {
    const options = { ...keyRange(range), reverse: range.reverse ?? false, limit: range.limit ?? -1 };
    const entries = await available(() => this.#confirmed.iterator(options).all());
    return entries.map(([key, bytes]) => decodeClaim(key, plainView(bytes)));
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
      .map(([key, bytes]) => decodePending(key, plainView(bytes)))
      .filter(({ until }) => until <= this.#now());
    await Promise.all(expired.map((claim) => this.release(claim)));
  }

  #fresh(key: string, body: Uint8Array): Claim {
    assertClaimKey(key);
    return { key, nonce: crypto.getRandomValues(new Uint8Array(16)), body, at: this.#now() };
  }

  async #ask(request: ClaimRequest): Promise<void> {
    const outcome = await this.#group.run(request);
    if (outcome.taken) throw outcome.taken;
  }

  async #commit(requests: readonly ClaimRequest[]): Promise<ClaimOutcome[]> {
    const states = await this.#statesOf(new Set(requests.map(({ claim }) => claim.key)));
    const changed = new Map<string, KeyState>();
    const outcomes = requests.map((request) => {
      const { key } = request.claim;
      const outcome = decideClaim(request, changed.get(key) ?? states.get(key)!, this.#now());
      if (!outcome.taken && outcome.after) changed.set(key, outcome.after);
      return outcome;
    });
    const changes = [...changed].flatMap(([key, state]) => this.#changes(key, state));
    if (changes.length > 0) await writeDurably(this.#database, changes);
    for (const outcome of outcomes) {
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

  async #statesOf(keys: ReadonlySet<string>): Promise<Map<string, KeyState>> {
    const list = [...keys];
    const [confirmed, pending]: (Uint8Array | undefined)[][] = await Promise.all([
      this.#confirmed.getMany(list),
      this.#pending.getMany(list),
    ]);
    return new Map(
      list.map((key, index) => {
        const own = confirmed![index];
        const held = pending![index];
        return [
          key,
          {
            confirmed: own && decodeClaim(key, plainView(own)),
            pending: held && decodePending(key, plainView(held)),
          },
        ];
      }),
    );
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

import { setTimeout as sleep } from 'node:timers/promises';
import type { DocumentName } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { RecentMap } from '../cache/recent-map.js';
import { GroupCommit } from '../level/group-commit.js';
import type { Append } from '../log/append-group.js';
import { weigh } from '../log/append-group.js';
import type { Stored } from '../log/log-store.js';
import type { HeldBounds } from '../watch/held-bytes.js';
import { HeldBytes } from '../watch/held-bytes.js';
import { SlotsByKey } from '../watch/slots-by-key.js';

export interface CommitBounds {
  /** Bytes of bodies after which a group is closed. */
  readonly groupBytes: number;
  /** Bytes of bodies that were taken and are not done, and those of one document. */
  readonly held: HeldBounds;
  /** A group that takes longer than this, milliseconds, goes on beside the next ones. */
  readonly patienceMs: number;
}

/** What becomes of one append. */
interface Outcome {
  readonly outcome: Promise<Stored[]>;
}

/** What is known against a document that was in a group that failed. */
interface Suspicion {
  /** How often in a row it failed alone, while others came through. */
  failures: number;
  /** Refused until then, by the monotonic clock. */
  until: number;
  /** When its latest try began that failed. */
  since: number;
}

const SUSPECTS = 10_000;
/** Suspects that are written at once, each alone; and those among them that failed alone before. */
const SUSPECTS_AT_ONCE = 4;
const FAILED_AT_ONCE = 2;
/** Groups that go on beside the newest one. */
const LATE_AT_ONCE = 4;
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 30_000;

/**
 * Group commit in which no document keeps others waiting for long. Appends to all documents go together, one group at a time;
 * one that is slow lets the next ones pass, but for its own documents. The documents of a group that fails are suspects: each
 * is written alone until that comes through. One that fails alone while others come through is tried now and then, and its
 * appends are refused in between, to be repeated. What was taken and is not done is bounded in all.
 */
export class IsolatedCommit {
  readonly #commit: (appends: readonly Append[]) => Promise<Stored[][]>;
  readonly #bounds: CommitBounds;
  readonly #held: HeldBytes;
  /** Answers with what becomes of each append: the next group need not wait for it. */
  readonly #group: GroupCommit<Append, Outcome>;
  /** Documents of late groups. */
  readonly #late = new Map<DocumentName, Promise<unknown>>();
  #lateGroups = 0;
  readonly #suspects = new RecentMap<DocumentName, Suspicion>(SUSPECTS);
  readonly #slots = new SlotsByKey(SUSPECTS_AT_ONCE);
  readonly #alone = new SlotsByKey(1);
  readonly #underWay = new Set<Promise<unknown>>();
  #failed = 0;
  /** When a commit last came through, by the monotonic clock. */
  #succeededAt = -Infinity;

  /** @param commit makes appends durable and answers the outcomes of each; what it throws may have done anything */
  constructor(commit: (appends: readonly Append[]) => Promise<Stored[][]>, bounds: CommitBounds) {
    this.#commit = commit;
    this.#bounds = bounds;
    this.#held = new HeldBytes(bounds.held);
    this.#group = new GroupCommit((appends) => this.#together(appends), {
      weigh,
      weight: bounds.groupBytes,
    });
  }

  /** Bytes of bodies that were taken and are not done. */
  get held(): number {
    return this.#held.total;
  }

  /** @throws ProtocolError `sync/store-unavailable`: also when too much waits, or its document has failed just now */
  async run(append: Append): Promise<Stored[]> {
    const running = this.#held.during(append.document, weigh(append), () => this.#place(append));
    this.#underWay.add(running);
    return running.finally(() => this.#underWay.delete(running));
  }

  /** Takes no more and resolves when what was taken is done. */
  async close(): Promise<void> {
    await this.#group.close();
    await Promise.allSettled(this.#underWay);
  }

  async #place(append: Append): Promise<Stored[]> {
    const { document } = append;
    for (let late = this.#late.get(document); late; late = this.#late.get(document)) await late;
    const suspicion = this.#suspects.get(document);
    if (!suspicion) return (await this.#group.run(append)).outcome;
    const [outcomes] = await this.#apart(document, suspicion, [append]);
    return outcomes!;
  }

  /** What came to be late or suspect while it waited for its group goes its own way. */
  async #together(appends: readonly Append[]): Promise<Outcome[]> {
    const isApart = ({ document }: Append) => this.#late.has(document) || this.#suspects.get(document);
    const apart = new Set(appends.filter(isApart));
    if (apart.size === 0) return this.#asGroup(appends);
    const own = new Map([...apart].map((append) => [append, { outcome: quiet(this.#place(append)) }]));
    const common = appends.filter((append) => !apart.has(append));
    const outcomes = common.length > 0 ? await this.#asGroup(common) : [];
    const next = outcomes.values();
    return appends.map((append) => own.get(append) ?? next.next().value!);
  }

  async #asGroup(appends: readonly Append[]): Promise<Outcome[]> {
    const documents = new Set(appends.map(({ document }) => document));
    const began = performance.now();
    const committing = this.#begin(appends);
    const results = quiet(
      committing.then(
        (outcomes) => outcomes.map((outcome) => Promise.resolve(outcome)),
        (error: unknown) => this.#afterFailure(appends, documents, began, error),
      ),
    );
    if (await this.#isLate(committing)) await this.#letPass(documents, committing);
    return appends.map((_, index) => ({ outcome: quiet(results.then((each) => each[index]!)) }));
  }

  async #letPass(documents: ReadonlySet<DocumentName>, committing: Promise<unknown>): Promise<void> {
    this.#lateGroups += 1;
    const ended = committing
      .catch(() => undefined)
      .then(() => {
        this.#lateGroups -= 1;
        for (const document of documents) this.#late.delete(document);
      });
    for (const document of documents) this.#late.set(document, ended);
    if (this.#lateGroups >= LATE_AT_ONCE) await ended;
  }

  /** Somebody may have spoilt it for all: whoever it was fails alone. */
  #afterFailure(
    appends: readonly Append[],
    documents: ReadonlySet<DocumentName>,
    began: number,
    error: unknown,
  ): Promise<Stored[]>[] {
    if (documents.size === 1) {
      this.#failure(this.#suspect(appends[0]!.document), began);
      throw error;
    }
    const each: Promise<Stored[]>[] = [];
    for (const document of documents) {
      const own = [...appends.entries()].filter(([, append]) => append.document === document);
      const alone = this.#apart(
        document,
        this.#suspect(document),
        own.map(([, append]) => append),
      );
      for (const [at, [index]] of own.entries()) each[index] = quiet(alone.then((outcomes) => outcomes[at]!));
    }
    return each;
  }

  /** Writes to a suspect, after everything before it that goes there. */
  #apart(document: DocumentName, suspicion: Suspicion, appends: readonly Append[]): Promise<Stored[][]> {
    const isTaken = suspicion.failures > 0 && this.#failed >= FAILED_AT_ONCE;
    if (isTaken) return Promise.reject(refused('its document has failed', FIRST_REST_MS));
    return this.#alone.use(document, async () => {
      const rest = suspicion.until - performance.now();
      if (rest > 0) throw refused('its document has failed', Math.ceil(rest));
      return this.#try(document, suspicion, appends);
    });
  }

  async #try(document: DocumentName, suspicion: Suspicion, appends: readonly Append[]): Promise<Stored[][]> {
    const hasFailed = suspicion.failures > 0;
    const began = performance.now();
    if (hasFailed) this.#failed += 1;
    try {
      // The slot is given back when patience ends: who hangs must not keep the other suspects waiting.
      const { committing } = await this.#slots.use(hasFailed ? document : '', async () => {
        const running = this.#begin(appends);
        await this.#isLate(running);
        return { committing: running };
      });
      const outcomes = await committing;
      this.#suspects.delete(document);
      return outcomes;
    } catch (error) {
      this.#failure(suspicion, began);
      throw error;
    } finally {
      if (hasFailed) this.#failed -= 1;
    }
  }

  #begin(appends: readonly Append[]): Promise<Stored[][]> {
    return quiet(
      this.#commit(appends).then((outcomes) => {
        this.#succeededAt = performance.now();
        return outcomes;
      }),
    );
  }

  /** Waits for its end, for as long as patience lasts. */
  async #isLate(committing: Promise<unknown>): Promise<boolean> {
    const ended = new AbortController();
    const patience = sleep(this.#bounds.patienceMs, true, { signal: ended.signal }).catch(() => false);
    const done = () => {
      ended.abort();
    };
    committing.then(done, done);
    return patience;
  }

  #suspect(document: DocumentName): Suspicion {
    const suspicion = this.#suspects.get(document) ?? { failures: 0, until: 0, since: performance.now() };
    this.#suspects.set(document, suspicion);
    return suspicion;
  }

  /** Where nothing else came through meanwhile, it is not the document's fault. */
  #failure(suspicion: Suspicion, began: number): void {
    const isItsOwn = this.#succeededAt >= suspicion.since;
    suspicion.since = began;
    if (!isItsOwn) return;
    const rest = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** suspicion.failures);
    suspicion.failures += 1;
    suspicion.until = performance.now() + rest;
  }
}

function refused(detail: string, retryAfterMs: number): ProtocolError {
  return new ProtocolError('sync/store-unavailable', { detail, retryAfterMs });
}

/** Whoever waits for it hears of its failure; nobody else need. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

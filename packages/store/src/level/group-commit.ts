import { ProtocolError } from '@sotto/protocol';

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Bounds one group, so that a flood becomes several writes and not one huge one. */
export interface GroupBounds<Job> {
  readonly weigh: (job: Job) => number;
  /** A group ends with the job that reaches this weight. */
  readonly weight: number;
  /** Weight of what may wait, beyond which jobs are refused; without a bound when left out. */
  readonly waiting?: number;
  /**
   * Milliseconds from the beginning of one write to that of the next, at least: a job alone is written at once, jobs in a
   * stream wait a little and share a write. Nothing is waited for when left out.
   */
  readonly everyMs?: number;
}

/**
 * Group commit: jobs that arrive while a write is in flight wait, and go together in the next one, so that they share
 * one fsync. One group at a time, in order of arrival: whoever decides inside `commit` has no rival.
 */
export class GroupCommit<Job, Result> {
  readonly #commit: (jobs: readonly Job[]) => Promise<readonly Result[]>;
  readonly #bounds: GroupBounds<Job>;
  readonly #waiting: Waiting<Job, Result>[] = [];
  #waitingWeight = 0;
  #draining: Promise<void> | undefined;
  #closed = false;
  #running: Promise<void> = Promise.resolve();
  /** When the last write began, by the process's own clock. */
  #begunAt = -Infinity;
  /** Ends the wait for more jobs. */
  #wake: (() => void) | undefined;

  /** @param commit makes a group durable and answers one result a job; what it throws every job of the group gets */
  constructor(commit: (jobs: readonly Job[]) => Promise<readonly Result[]>, bounds: GroupBounds<Job>) {
    this.#commit = commit;
    this.#bounds = bounds;
  }

  /**
   * @returns the job's result once its group is durable
   * @throws ProtocolError `sync/store-unavailable` after {@link close}, and while too much waits already
   */
  run(job: Job): Promise<Result> {
    if (this.#closed)
      return Promise.reject(new ProtocolError('sync/store-unavailable', { detail: 'closed' }));
    if (this.#waitingWeight >= (this.#bounds.waiting ?? Infinity))
      return Promise.reject(
        new ProtocolError('sync/store-unavailable', { detail: 'too much waits', retryAfterMs: 1_000 }),
      );
    this.#waitingWeight += this.#bounds.weigh(job);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#draining ??= this.#drain();
      if (this.#waitingWeight >= this.#bounds.weight) this.#wake?.();
    });
  }

  /** Resolves when the group that is being made durable now, if one is, has come through or failed. */
  settled(): Promise<void> {
    return this.#running;
  }

  /** Takes no more jobs and resolves when the ones it has are done. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // Lets everything that is asked for in this tick go with the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#rest();
      this.#begunAt = performance.now();
      this.#running = this.#runGroup(this.#takeGroup());
      await this.#running;
    }
    this.#draining = undefined;
  }

  /** Lets jobs gather, unless a whole group has already or nothing more will come. */
  async #rest(): Promise<void> {
    const left = this.#begunAt + (this.#bounds.everyMs ?? 0) - performance.now();
    if (left <= 0 || this.#closed || this.#waitingWeight >= this.#bounds.weight) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #takeGroup(): Waiting<Job, Result>[] {
    let weight = 0;
    let length = 0;
    while (length < this.#waiting.length && weight < this.#bounds.weight) {
      weight += this.#bounds.weigh(this.#waiting[length]!.job);
      length += 1;
    }
    this.#waitingWeight -= weight;
    return this.#waiting.splice(0, length);
  }

  async #runGroup(group: readonly Waiting<Job, Result>[]): Promise<void> {
    try {
      const results = await this.#commit(group.map(({ job }) => job));
      for (const [index, { resolve }] of group.entries()) resolve(results[index]!);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

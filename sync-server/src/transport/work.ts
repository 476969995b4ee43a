interface Task {
  readonly bytes: number;
  readonly act: () => Promise<void>;
}

/**
 * What one socket asked for and the server has not finished: in order where order counts, bounded in all. Above its
 * bounds `pause` is called, so that the sender feels it; below them `resume`.
 */
export class Work {
  readonly #bounds: { readonly pendingTasks: number; readonly pendingBytes: number };
  readonly #flow: { pause(): void; resume(): void };
  /** Lanes in which something is done, and what waits in them. */
  readonly #lanes = new Map<string, Task[]>();
  #tasks = 0;
  #bytes = 0;
  #paused = false;
  #idle: (() => void)[] = [];

  constructor(
    bounds: { readonly pendingTasks: number; readonly pendingBytes: number },
    flow: { pause(): void; resume(): void },
  ) {
    this.#bounds = bounds;
    this.#flow = flow;
  }

  /** Whether nothing more should be read for now. */
  get full(): boolean {
    return this.#paused;
  }

  /**
   * Runs `task` after every earlier one of this lane, at once where there is none; lanes do not wait for each other.
   * @param task must not throw
   * @param bytes of memory that it holds
   */
  run(lane: string, bytes: number, task: () => Promise<void>): void {
    this.#count(1, bytes);
    const waiting = this.#lanes.get(lane);
    if (waiting) {
      waiting.push({ bytes, act: task });
      return;
    }
    this.#lanes.set(lane, []);
    this.#begin(lane, { bytes, act: task });
  }

  /** Resolves when nothing is left to do. */
  idle(): Promise<void> {
    if (this.#tasks === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #begin(lane: string, { bytes, act }: Task): void {
    void act().then(() => this.#next(lane, bytes));
  }

  #next(lane: string, done: number): void {
    const next = this.#lanes.get(lane)!.shift();
    if (next) this.#begin(lane, next);
    else this.#lanes.delete(lane);
    this.#count(-1, -done);
  }

  #count(tasks: number, bytes: number): void {
    this.#tasks += tasks;
    this.#bytes += bytes;
    const full = this.#tasks >= this.#bounds.pendingTasks || this.#bytes >= this.#bounds.pendingBytes;
    if (full !== this.#paused) {
      this.#paused = full;
      if (full) this.#flow.pause();
      else this.#flow.resume();
    }
    if (this.#tasks === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}

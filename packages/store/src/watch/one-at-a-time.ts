/** Runs work for one key after another, and work for different keys at once. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const running = before ? before.then(work, work) : work();
    this.#last.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#last.get(key) === running) this.#last.delete(key);
    }
  }

  /** Resolves when nothing that was asked for by now is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}

/** Runs tasks one after another, in the order they were given. A task that fails does not stop the next. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task);
    // The caller has the failure; here it only marks the end of the task.
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything given so far has ended. */
  idle(): Promise<void> {
    return this.#last.then(() => undefined);
  }
}

/** One {@link Serial} a key, forgotten when idle. */
export class SerialByKey {
  readonly #queues = new Map<string, { serial: Serial; running: number }>();

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? { serial: new Serial(), running: 0 };
    this.#queues.set(key, queue);
    queue.running += 1;
    try {
      return await queue.serial.run(task);
    } finally {
      queue.running -= 1;
      if (queue.running === 0) this.#queues.delete(key);
    }
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#queues.values()].map(({ serial }) => serial.idle()));
  }
}

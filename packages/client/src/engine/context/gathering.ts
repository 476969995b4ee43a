interface Asked<K, V> {
  readonly key: K;
  resolve(value: V): void;
  reject(reason: unknown): void;
}

/** Puts what is asked in one turn into one request. */
export class Gathering<K, V> {
  readonly #askOne: (key: K) => Promise<V>;
  readonly #askMany: (keys: readonly K[]) => Promise<ReadonlyMap<K, PromiseSettledResult<V>>>;
  readonly #most: number;
  #waiting: Asked<K, V>[] = [];

  /** @param most asked for at once */
  constructor(
    askOne: (key: K) => Promise<V>,
    askMany: (keys: readonly K[]) => Promise<ReadonlyMap<K, PromiseSettledResult<V>>>,
    most: number,
  ) {
    this.#askOne = askOne;
    this.#askMany = askMany;
    this.#most = most;
  }

  ask(key: K): Promise<V> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#send());
    });
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += this.#most)
      void this.#answer(waiting.slice(at, at + this.#most));
  }

  async #answer(asked: readonly Asked<K, V>[]): Promise<void> {
    const [only, ...more] = asked;
    try {
      if (only && more.length === 0) return only.resolve(await this.#askOne(only.key));
      const answers = await this.#askMany(asked.map(({ key }) => key));
      for (const { key, resolve, reject } of asked) {
        const answer = answers.get(key)!;
        if (answer.status === 'fulfilled') resolve(answer.value);
        else reject(answer.reason);
      }
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}

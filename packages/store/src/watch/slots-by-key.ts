/** Lets so many do something at once for one key; the others of that key wait their turn, and no other key does. */
export class SlotsByKey {
  readonly #most: number;
  readonly #busy = new Map<string, { running: number; readonly waiting: (() => void)[] }>();

  constructor(most: number) {
    this.#most = most;
  }

  async use<T>(key: string, task: () => Promise<T>): Promise<T> {
    const slots = this.#busy.get(key) ?? { running: 0, waiting: [] };
    this.#busy.set(key, slots);
    if (slots.running < this.#most) slots.running += 1;
    else await new Promise<void>((resolve) => slots.waiting.push(resolve));
    try {
      return await task();
    } finally {
      // A slot that somebody waits for passes on without becoming free.
      const next = slots.waiting.shift();
      if (next) next();
      else if (--slots.running === 0) this.#busy.delete(key);
    }
  }
}

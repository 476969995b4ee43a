import { surface } from './surface.js';

/** Runs pieces of work one after another, in the order given. What one throws surfaces as an uncaught exception. */
export class InOrder {
  #last: Promise<void> | undefined;

  /** Nothing is under way: what is done now is done in order too. */
  get idle(): boolean {
    return this.#last === undefined;
  }

  /** @param ended called when it is over, whatever came of it */
  run(work: () => Promise<void>, ended?: () => void): void {
    const settled = (this.#last ?? Promise.resolve())
      .then(work)
      .catch(surface)
      .then(() => {
        if (this.#last === settled) this.#last = undefined;
        ended?.();
      });
    this.#last = settled;
  }
}

/** The same for each key by itself. */
export class InOrderByKey<Key> {
  readonly #orders = new Map<Key, InOrder>();

  /** Nothing of this key is under way. */
  idle(key: Key): boolean {
    return this.#orders.get(key)?.idle ?? true;
  }

  run(key: Key, work: () => Promise<void>): void {
    const order = this.#orders.get(key) ?? new InOrder();
    this.#orders.set(key, order);
    order.run(work, () => {
      if (order.idle) this.#orders.delete(key);
    });
  }
}

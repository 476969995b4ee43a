import { surface } from './surface.js';
import type { Unsubscribe } from './unsubscribe.js';

/**
 * Whoever wants to be told. A listener that throws keeps neither the others nor the store from going on: its error
 * surfaces as an uncaught exception, since nobody here could handle it.
 */
export class Listeners<Arguments extends readonly unknown[]> {
  readonly #listeners = new Set<(...values: Arguments) => void>();

  add(listener: (...values: Arguments) => void): Unsubscribe {
    // One function may be added twice and is then told twice.
    const own = (...values: Arguments) => listener(...values);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  tell(...values: Arguments): void {
    for (const listener of this.#listeners) {
      try {
        listener(...values);
      } catch (error) {
        surface(error);
      }
    }
  }
}

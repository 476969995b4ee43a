import { surface } from './surface.js';

/** Runs pieces of work one after another, in the order given. What one throws surfaces as an uncaught exception. */
export class InOrder {
  #last: Promise<void> | undefined;

  /** Nothing is under way: what is done now is done in order too. */
  get idle(): boolean {
    return this.#last === undefined;
  }

  run(work: () => Promise<void>): void {
    const settled = (this.#last ?? Promise.resolve())
      .then(work)
      .catch(surface)
      .then(() => {
        if (this.#last === settled) this.#last = undefined;
      });
    this.#last = settled;
  }
}

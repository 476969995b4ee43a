/** Does something for each of many at the end of this turn of the event loop: one callback for all of them. */
export class TurnEnd<T> {
  readonly #act: (one: T) => void;
  #waiting: T[] = [];

  constructor(act: (one: T) => void) {
    this.#act = act;
  }

  /** What is added while the others are done waits for the next turn. */
  add(one: T): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#run());
    this.#waiting.push(one);
  }

  #run(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) this.#act(one);
  }
}

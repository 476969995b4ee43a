/** State of a screen without a screen: plain getters, and a word when they changed. */
export abstract class ViewModel {
  readonly #listeners = new Set<() => void>();
  readonly #ends: (() => void)[] = [];
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Tells when something changed. @returns ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends what this view model follows. */
  dispose(): void {
    this.#disposed = true;
    for (const end of this.#ends.splice(0)) end();
    this.#listeners.clear();
  }

  protected changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Has `end` called when this is disposed of. */
  protected track(end: () => void): void {
    this.#ends.push(end);
  }
}

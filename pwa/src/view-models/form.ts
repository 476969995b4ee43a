import { errorWords } from '../words/error-words.js';
import { ViewModel } from './view-model.js';

/** What every form page has: one thing under way at a time, and words for what went wrong. */
export abstract class FormViewModel extends ViewModel {
  #busy = false;
  #problem: string | null = null;

  get busy(): boolean {
    return this.#busy;
  }

  /** What went wrong with the whole of it. */
  get problem(): string | null {
    return this.#problem;
  }

  protected setProblem(words: string | null): void {
    this.#problem = words;
    this.changed();
  }

  /**
   * Does one thing, unless one is under way.
   * @param explain words for failures that this form knows better; null leaves them to the general ones, '' says that a field shows it
   */
  protected async run(
    action: () => Promise<void>,
    explain: (error: unknown) => string | null = () => null,
  ): Promise<boolean> {
    if (this.#busy) return false;
    this.#busy = true;
    this.#problem = null;
    this.changed();
    try {
      await action();
      return true;
    } catch (error) {
      this.#problem = (explain(error) ?? errorWords(error)) || null;
      return false;
    } finally {
      this.#busy = false;
      this.changed();
    }
  }
}

import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { PasswordFormViewModel } from './password-form.js';

/** Deleting the account itself, everywhere but with others. */
export class ErasureViewModel extends PasswordFormViewModel {
  readonly #app: AppViewModel;
  #asked = false;
  #typed = '';
  #typedProblem: string | null = null;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
  }

  /** The question is asked. */
  get asked(): boolean {
    return this.#asked;
  }

  get username(): string {
    const { session } = this.#app;
    return session.state === 'signed-in' ? session.username : '';
  }

  /** The own username, typed to say that it is meant. */
  get typed(): string {
    return this.#typed;
  }

  set typed(text: string) {
    this.#typed = text;
    this.#typedProblem = null;
    this.changed();
  }

  get typedProblem(): string | null {
    return this.#typedProblem;
  }

  ask(): void {
    this.#asked = true;
    this.changed();
  }

  keep(): void {
    this.#asked = false;
    this.#typed = '';
    this.#typedProblem = null;
    this.forgetPassword();
    this.setProblem(null);
  }

  /** @returns whether the account is being deleted; the page that tells how far that is comes then */
  erase(): Promise<boolean> {
    if (this.#typed.trim().toLowerCase() !== this.username) {
      this.#typedProblem = say('erase.typed-wrong', { name: this.username });
      this.changed();
      return Promise.resolve(false);
    }
    const { engine, platform } = this.#app.dependencies;
    return this.runWithPassword(
      async (password) => {
        const { receipt } = await engine.calls.eraseAccount({ password });
        platform.preferences.forget();
        platform.router.go({ name: 'erased', token: receipt }, { replace: true });
      },
      (error) => (codeOf(error) === 'service/unavailable' ? say('erase.unavailable') : null),
    );
  }
}

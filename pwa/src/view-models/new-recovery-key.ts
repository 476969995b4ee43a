import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { FormViewModel } from './form.js';

/** Making a new recovery key in place of the old. */
export class NewRecoveryKeyViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  #password = '';
  #passwordProblem: string | null = null;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
  }

  get password(): string {
    return this.#password;
  }

  set password(text: string) {
    this.#password = text;
    this.#passwordProblem = null;
    this.changed();
  }

  get passwordProblem(): string | null {
    return this.#passwordProblem;
  }

  async submit(): Promise<boolean> {
    if (!this.#password) return this.#wrong();
    const password = this.#password;
    return this.run(
      async () => {
        const { recoveryKey } = await this.#app.dependencies.engine.calls.newRecoveryKey({ password });
        this.#password = '';
        this.#app.showRecoveryKey(recoveryKey);
      },
      (error) => {
        if (codeOf(error) !== 'auth/credentials-wrong') return null;
        this.#wrong();
        return '';
      },
    );
  }

  close(): void {
    this.#app.closeMain();
  }

  #wrong(): false {
    this.#passwordProblem = say('devices.password-wrong');
    this.changed();
    return false;
  }
}

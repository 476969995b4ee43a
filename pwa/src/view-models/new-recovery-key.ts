import type { AppViewModel } from './app.js';
import { PasswordFormViewModel } from './password-form.js';

/** Making a new recovery key in place of the old. */
export class NewRecoveryKeyViewModel extends PasswordFormViewModel {
  readonly #app: AppViewModel;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
  }

  submit(): Promise<boolean> {
    return this.runWithPassword(async (password) => {
      const { recoveryKey } = await this.#app.dependencies.engine.calls.newRecoveryKey({ password });
      this.forgetPassword();
      this.#app.showRecoveryKey(recoveryKey);
    });
  }

  close(): void {
    this.#app.closeMain();
  }
}

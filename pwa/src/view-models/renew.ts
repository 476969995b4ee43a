import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { PasswordFormViewModel } from './password-form.js';

/** On a device that is signed in, after the password was reset by mail: what it has is sealed anew by the new password. */
export class RenewViewModel extends PasswordFormViewModel {
  readonly #app: AppViewModel;
  #mine = false;
  #said: string | null = null;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
  }

  get username(): string {
    const { session } = this.#app;
    return session.state === 'signed-in' ? session.username : '';
  }

  /** The person says that the password is of their own choice. */
  get mine(): boolean {
    return this.#mine;
  }

  setMine(mine: boolean): void {
    this.#mine = mine;
    this.changed();
  }

  /** What came of it where nothing had to be done, in words. */
  get said(): string | null {
    return this.#said;
  }

  /** Shows the new recovery key. @returns whether the password was right */
  async submit(): Promise<boolean> {
    this.#said = null;
    if (!this.#mine) return false;
    return this.runWithPassword(async (password) => {
      const { recoveryKey } = await this.#app.dependencies.engine.calls.renewAccount({ password });
      this.forgetPassword();
      if (recoveryKey) this.#app.showRecoveryKey(recoveryKey);
      else this.#said = say('renew.nothing');
    });
  }

  close(): void {
    this.#app.closeMain();
  }
}

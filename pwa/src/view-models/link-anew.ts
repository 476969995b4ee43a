import type { AppViewModel } from './app.js';
import { PasswordFormViewModel } from './password-form.js';

/** A browser whose device goes on somewhere else becomes a device of its own. */
export class LinkAnewViewModel extends PasswordFormViewModel {
  readonly #app: AppViewModel;
  readonly #login: string;
  #replaces = false;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    const { session } = app;
    this.#login = session.state === 'signed-in' ? session.username : '';
  }

  get username(): string {
    return this.#login;
  }

  /** The other copy is gone: what it was goes off the list. */
  get replaces(): boolean {
    return this.#replaces;
  }

  setReplaces(replaces: boolean): void {
    this.#replaces = replaces;
    this.changed();
  }

  async submit(): Promise<boolean> {
    const { calls } = this.#app.dependencies.engine;
    const done = await this.runWithPassword((password) =>
      calls.signIn({ login: this.#login, password, replaces: this.#replaces }),
    );
    if (!done) return false;
    this.forgetPassword();
    this.#app.go({ name: 'list' }, true);
    return true;
  }

  close(): void {
    this.#app.closeMain();
  }
}

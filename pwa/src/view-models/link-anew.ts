import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { FormViewModel } from './form.js';

/** A browser whose device goes on somewhere else becomes a device of its own. */
export class LinkAnewViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  readonly #login: string;
  #password = '';
  #passwordProblem: string | null = null;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    const { session } = app;
    this.#login = session.state === 'signed-in' ? session.username : '';
  }

  get username(): string {
    return this.#login;
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
    const done = await this.run(
      () => this.#app.dependencies.engine.calls.signIn({ login: this.#login, password }),
      (error) => {
        if (codeOf(error) !== 'auth/credentials-wrong') return null;
        this.#wrong();
        return '';
      },
    );
    if (!done) return false;
    this.#password = '';
    this.#app.go({ name: 'list' }, true);
    return true;
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

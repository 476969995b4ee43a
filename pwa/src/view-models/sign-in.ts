import { codeOf } from '../words/error-words.js';
import { say } from '../words/say.js';
import type { AppViewModel } from './app.js';
import { FormViewModel } from './form.js';

/** Signing in. One answer for every cause of a refusal. */
export class SignInViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  login: string;
  password = '';

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    this.login = this.knownName ?? '';
  }

  /** The session ended elsewhere or ran out, and was not left on purpose. */
  get ended(): boolean {
    const { session } = this.#app;
    return session.state === 'signed-out' && session.ended;
  }

  /** It ended because this device is no longer one of the account's. */
  get removed(): boolean {
    const { session } = this.#app;
    return session.state === 'signed-out' && session.removed;
  }

  /** The browser gave up what was kept here. */
  get evicted(): boolean {
    const { session } = this.#app;
    return session.state === 'signed-out' && session.evicted;
  }

  /** What is said above the form, in words. */
  get lead(): string | null {
    if (this.evicted) return say('sign-in.evicted');
    if (this.ended) return say(this.removed ? 'sign-in.removed' : 'sign-in.ended');
    return this.knownName ? say('sign-in.known', { name: this.knownName }) : null;
  }

  /** Who was signed in on this browser. */
  get knownName(): string | null {
    const { session } = this.#app;
    return session.state === 'signed-out' ? (session.known?.username ?? null) : null;
  }

  async submit(): Promise<boolean> {
    const login = this.login.trim();
    const { password } = this;
    if (!login || !password) {
      this.setProblem(say('sign-in.wrong'));
      return false;
    }
    const { engine } = this.#app.dependencies;
    const done = await this.run(
      () => engine.calls.signIn({ login, password }),
      (error) => {
        const code: string | null = codeOf(error);
        if (code === 'client/vault-locked') {
          this.#app.vaultLocked({ login, password });
          return '';
        }
        return code === 'request/invalid' ? say('sign-in.wrong') : null;
      },
    );
    if (done) this.password = '';
    return done;
  }
}

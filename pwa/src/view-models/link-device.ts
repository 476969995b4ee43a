import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { PasswordFormViewModel } from './password-form.js';

/** Linking another device from this one: its code is scanned or pasted, what it is called is shown, the password is asked. */
export class LinkDeviceViewModel extends PasswordFormViewModel {
  readonly #app: AppViewModel;
  #found: { readonly code: string; readonly name: string } | null = null;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
  }

  /** The device that a code was read of. */
  get found(): string | null {
    return this.#found?.name ?? null;
  }

  /** A code was scanned or pasted. */
  async read(text: string): Promise<boolean> {
    const code = text.trim();
    return this.run(
      async () => {
        const { name } = await this.#calls.readLink({ code });
        this.#found = { code, name };
      },
      (error) => this.#explain(error),
    );
  }

  /** Another code is to be scanned. */
  again(): void {
    this.#found = null;
    this.password = '';
    this.setProblem(null);
  }

  /** @returns whether it is linked */
  async approve(): Promise<boolean> {
    const found = this.#found;
    if (!found || this.busy) return false;
    const done = await this.runWithPassword(
      async (password) => void (await this.#calls.approveLink({ code: found.code, password })),
      (error) => this.#explain(error),
    );
    if (!done) return false;
    this.forgetPassword();
    this.#app.tellNews(say('devices.linked', { name: found.name }));
    this.close();
    return true;
  }

  close(): void {
    this.#app.closeMain();
  }

  get #calls() {
    return this.#app.dependencies.engine.calls;
  }

  #explain(error: unknown): string | null {
    const code: string | null = codeOf(error);
    if (code === 'client/link-code-wrong' || code === 'request/invalid') return say('link-device.wrong');
    if (code === 'auth/link-expired' || code === 'auth/link-used' || code === 'auth/link-unknown') {
      this.#found = null;
      return say('link-device.expired');
    }
    return null;
  }
}

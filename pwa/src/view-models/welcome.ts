import { codeOf, errorWords } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { passwordProblem, usernameProblem } from './fields.js';
import { FormViewModel } from './form.js';

export type LinkFault = 'unknown' | 'used' | 'expired';
export type WelcomeStage = 'checking' | 'unreachable' | 'forbidden' | 'form' | 'signed-in';
export type WelcomeField = 'username' | 'password' | 'again';

/** What is wrong with a mailed link, by code. */
export const LINK_FAULTS: Readonly<Record<string, LinkFault>> = {
  'auth/link-unknown': 'unknown',
  'auth/link-used': 'used',
  'auth/link-expired': 'expired',
  // A link with letters missing is not even a token.
  'request/invalid': 'unknown',
};

/** The page that a mailed link opens: checks it, then makes the account. */
export class WelcomeViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  readonly #token: string;
  readonly #values: Record<WelcomeField, string> = { username: '', password: '', again: '' };
  /** Fields are judged once they were left or the form was sent. */
  readonly #judged = new Set<WelcomeField>();
  #stage: WelcomeStage = 'checking';
  #fault: LinkFault = 'unknown';
  #email = '';
  #unreachable: string | null = null;
  #taken: string | null = null;

  constructor(app: AppViewModel, token: string) {
    super();
    this.#app = app;
    this.#token = token;
    void this.check();
  }

  get stage(): WelcomeStage {
    return this.#app.session.state === 'signed-in' && !this.busy ? 'signed-in' : this.#stage;
  }

  get fault(): LinkFault {
    return this.#fault;
  }

  /** The confirmed address. */
  get email(): string {
    return this.#email;
  }

  get unreachable(): string | null {
    return this.#unreachable;
  }

  get signedInAs(): string {
    const { session } = this.#app;
    return session.state === 'signed-in' ? session.username : '';
  }

  value(field: WelcomeField): string {
    return this.#values[field];
  }

  /** What is wrong with a field, in words, once it may be judged. */
  fieldProblem(field: WelcomeField): string | null {
    if (!this.#judged.has(field)) return null;
    const { username, password, again } = this.#values;
    if (field === 'username') {
      return username.trim().toLowerCase() === this.#taken
        ? say('welcome.username-taken')
        : usernameProblem(username);
    }
    if (field === 'password') return passwordProblem(password);
    return again === password ? null : say('welcome.not-same');
  }

  write(field: WelcomeField, text: string): void {
    this.#values[field] = text;
    this.changed();
  }

  /** The person left a field: from now on it says what is wrong. */
  leave(field: WelcomeField): void {
    if (!this.#values[field]) return;
    this.#judged.add(field);
    this.changed();
  }

  /** Looks whether the link is good. */
  async check(): Promise<void> {
    this.#stage = 'checking';
    this.changed();
    try {
      const { email } = await this.#app.dependencies.engine.calls.checkLink({ token: this.#token });
      this.#email = email;
      this.#stage = 'form';
    } catch (error) {
      this.#refused(error);
    }
    this.changed();
  }

  /** Makes the account. @returns the first field that is wrong, or null when it was sent */
  async submit(): Promise<WelcomeField | null> {
    for (const field of ['username', 'password', 'again'] as const) this.#judged.add(field);
    this.changed();
    const wrong = this.#firstWrong();
    if (wrong) return wrong;
    const { username, password } = this.#values;
    const name = username.trim().toLowerCase();
    this.#app.makingAccount(true);
    await this.run(
      async () => {
        const { calls } = this.#app.dependencies.engine;
        const { recoveryKey } = await calls.completeSignUp({ token: this.#token, username: name, password });
        this.#app.showRecoveryKey(recoveryKey);
      },
      (error) => this.#explain(error, name),
    );
    this.#app.makingAccount(false);
    return this.#firstWrong();
  }

  #firstWrong(): WelcomeField | null {
    return (['username', 'password', 'again'] as const).find((field) => this.fieldProblem(field)) ?? null;
  }

  #explain(error: unknown, name: string): string | null {
    const code = codeOf(error);
    if (code === 'auth/username-taken') {
      this.#taken = name;
      return '';
    }
    if (code === 'auth/email-taken') return say('welcome.email-taken');
    if (code?.startsWith('auth/link-')) {
      this.#refused(error);
      return '';
    }
    return null;
  }

  #refused(error: unknown): void {
    const fault = LINK_FAULTS[codeOf(error) ?? ''];
    this.#stage = fault ? 'forbidden' : 'unreachable';
    if (fault) this.#fault = fault;
    else this.#unreachable = errorWords(error);
  }
}

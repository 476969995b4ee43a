import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { passwordProblem } from './fields.js';
import { FormViewModel } from './form.js';

export type PasswordField = 'now' | 'password' | 'again';

/** Changing the password: the vault is sealed anew. */
export class PasswordViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  readonly #values: Record<PasswordField, string> = { now: '', password: '', again: '' };
  readonly #judged = new Set<PasswordField>();
  #wrong = false;
  #done = false;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
  }

  get username(): string {
    const { session } = this.#app;
    return session.state === 'signed-in' ? session.username : '';
  }

  /** It is changed. */
  get done(): boolean {
    return this.#done;
  }

  value(field: PasswordField): string {
    return this.#values[field];
  }

  /** What is wrong with a field, in words, once it may be judged. */
  fieldProblem(field: PasswordField): string | null {
    if (!this.#judged.has(field)) return null;
    const { now, password, again } = this.#values;
    if (field === 'now') return this.#wrong || !now ? say('password.wrong') : null;
    if (field === 'password') return passwordProblem(password);
    return again === password ? null : say('welcome.not-same');
  }

  write(field: PasswordField, text: string): void {
    this.#values[field] = text;
    if (field === 'now') {
      this.#wrong = false;
      this.#judged.delete('now');
    }
    this.#done = false;
    this.changed();
  }

  leave(field: PasswordField): void {
    if (!this.#values[field] || field === 'now') return;
    this.#judged.add(field);
    this.changed();
  }

  /** @returns the first field that is wrong, or null */
  async submit(): Promise<PasswordField | null> {
    for (const field of ['now', 'password', 'again'] as const) this.#judged.add(field);
    this.changed();
    const wrong = this.#firstWrong();
    if (wrong) return wrong;
    const { now: password, password: newPassword } = this.#values;
    this.#done = await this.run(
      () => this.#app.dependencies.engine.calls.changePassword({ password, newPassword }),
      (error) => {
        this.#wrong = codeOf(error) === 'auth/credentials-wrong';
        return this.#wrong ? '' : null;
      },
    );
    if (this.#done) this.#forget();
    return this.#firstWrong();
  }

  close(): void {
    this.#app.closeMain();
  }

  #forget(): void {
    this.#judged.clear();
    for (const field of ['now', 'password', 'again'] as const) this.#values[field] = '';
    this.changed();
  }

  #firstWrong(): PasswordField | null {
    return (['now', 'password', 'again'] as const).find((field) => this.fieldProblem(field)) ?? null;
  }
}

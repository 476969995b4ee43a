import { codeOf, errorWords } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { passwordProblem } from './fields.js';
import { FormViewModel } from './form.js';
import type { LinkFault } from './welcome.js';
import { LINK_FAULTS } from './welcome.js';

export type ResetField = 'password' | 'again';
export type ResetStage = 'checking' | 'unreachable' | 'forbidden' | 'form' | 'done';

/** Setting a new password by a mailed link. It does not open what the old one sealed. */
export class ResetViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  readonly #token: string;
  readonly #values: Record<ResetField, string> = { password: '', again: '' };
  readonly #judged = new Set<ResetField>();
  #stage: ResetStage = 'checking';
  #fault: LinkFault = 'unknown';
  #email = '';
  #unreachable: string | null = null;

  constructor(app: AppViewModel, token: string) {
    super();
    this.#app = app;
    this.#token = token;
    void this.check();
  }

  get stage(): ResetStage {
    return this.#stage;
  }

  get fault(): LinkFault {
    return this.#fault;
  }

  /** Whose password it is about. */
  get email(): string {
    return this.#email;
  }

  /** Why the link could not be checked. */
  get unreachable(): string | null {
    return this.#unreachable;
  }

  /** Looks whether the link is good. */
  async check(): Promise<void> {
    this.#stage = 'checking';
    this.changed();
    try {
      const { email } = await this.#app.dependencies.engine.calls.checkReset({ token: this.#token });
      this.#email = email;
      this.#stage = 'form';
    } catch (error) {
      if (!this.#refused(error)) {
        this.#stage = 'unreachable';
        this.#unreachable = errorWords(error);
      }
    }
    this.changed();
  }

  value(field: ResetField): string {
    return this.#values[field];
  }

  fieldProblem(field: ResetField): string | null {
    if (!this.#judged.has(field)) return null;
    const { password, again } = this.#values;
    if (field === 'password') return passwordProblem(password);
    return again === password ? null : say('welcome.not-same');
  }

  write(field: ResetField, text: string): void {
    this.#values[field] = text;
    this.changed();
  }

  leave(field: ResetField): void {
    if (!this.#values[field]) return;
    this.#judged.add(field);
    this.changed();
  }

  /** @returns the first field that is wrong, or null */
  async submit(): Promise<ResetField | null> {
    for (const field of ['password', 'again'] as const) this.#judged.add(field);
    this.changed();
    const wrong = (['password', 'again'] as const).find((field) => this.fieldProblem(field));
    if (wrong) return wrong;
    const { password } = this.#values;
    const done = await this.run(
      () => this.#app.dependencies.engine.calls.completeReset({ token: this.#token, password }),
      (error) => (this.#refused(error) ? '' : null),
    );
    if (done) this.#stage = 'done';
    this.changed();
    return null;
  }

  /** @returns whether it was the link's fault */
  #refused(error: unknown): boolean {
    const fault = LINK_FAULTS[codeOf(error) ?? ''];
    if (!fault) return false;
    this.#stage = 'forbidden';
    this.#fault = fault;
    return true;
  }
}

import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { passwordProblem } from './fields.js';
import { FormViewModel } from './form.js';
import type { LinkFault } from './welcome.js';
import { LINK_FAULTS } from './welcome.js';

export type ResetField = 'password' | 'again';

/** Setting a new password by a mailed link. It does not open what the old one sealed. */
export class ResetViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  readonly #token: string;
  readonly #values: Record<ResetField, string> = { password: '', again: '' };
  readonly #judged = new Set<ResetField>();
  #stage: 'form' | 'forbidden' | 'done' = 'form';
  #fault: LinkFault = 'unknown';

  constructor(app: AppViewModel, token: string) {
    super();
    this.#app = app;
    this.#token = token;
  }

  get stage(): 'form' | 'forbidden' | 'done' {
    return this.#stage;
  }

  get fault(): LinkFault {
    return this.#fault;
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
      (error) => {
        const fault = LINK_FAULTS[codeOf(error) ?? ''];
        if (!fault) return null;
        this.#stage = 'forbidden';
        this.#fault = fault;
        return '';
      },
    );
    if (done) this.#stage = 'done';
    this.changed();
    return null;
  }
}

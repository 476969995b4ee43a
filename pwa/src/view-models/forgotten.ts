import type { Dependencies } from './dependencies.js';
import { emailProblem } from './fields.js';
import { FormViewModel } from './form.js';

/** Asking for a mailed link to set a new password. The answer is the same whether the address is known or not. */
export class ForgottenViewModel extends FormViewModel {
  readonly #dependencies: Dependencies;
  #email = '';
  #emailProblem: string | null = null;
  #sent = false;

  constructor(dependencies: Dependencies) {
    super();
    this.#dependencies = dependencies;
  }

  get email(): string {
    return this.#email;
  }

  set email(text: string) {
    this.#email = text;
    if (!this.#emailProblem) return;
    this.#emailProblem = emailProblem(text);
    this.changed();
  }

  get emailProblem(): string | null {
    return this.#emailProblem;
  }

  get sent(): boolean {
    return this.#sent;
  }

  async submit(): Promise<boolean> {
    this.#emailProblem = emailProblem(this.#email);
    this.changed();
    if (this.#emailProblem) return false;
    const email = this.#email.trim();
    this.#sent = await this.run(() => this.#dependencies.engine.calls.requestReset({ email }));
    this.changed();
    return this.#sent;
  }

  /** Back to the form. */
  useAnother(): void {
    this.#sent = false;
    this.setProblem(null);
  }
}

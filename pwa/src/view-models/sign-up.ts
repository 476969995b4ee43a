import type { Dependencies } from './dependencies.js';
import { emailProblem } from './fields.js';
import { FormViewModel } from './form.js';

/** Asking for the link that makes an account. The answer is the same whether the address is known or not. */
export class SignUpViewModel extends FormViewModel {
  readonly #dependencies: Dependencies;
  #email = '';
  #emailProblem: string | null = null;
  #sent = 0;

  constructor(dependencies: Dependencies) {
    super();
    this.#dependencies = dependencies;
  }

  get email(): string {
    return this.#email;
  }

  set email(text: string) {
    this.#email = text;
    if (this.#emailProblem) {
      this.#emailProblem = emailProblem(text);
      this.changed();
    }
  }

  get emailProblem(): string | null {
    return this.#emailProblem;
  }

  /** How often the link was sent to this address. */
  get sent(): number {
    return this.#sent;
  }

  async submit(): Promise<boolean> {
    this.#emailProblem = emailProblem(this.#email);
    this.changed();
    if (this.#emailProblem) return false;
    const email = this.#email.trim();
    const done = await this.run(() => this.#dependencies.engine.calls.requestSignUp({ email }));
    if (done) {
      this.#sent++;
      this.changed();
    }
    return done;
  }

  /** Back to the form. */
  useAnother(): void {
    this.#sent = 0;
    this.setProblem(null);
  }
}

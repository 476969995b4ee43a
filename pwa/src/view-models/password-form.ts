import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import { FormViewModel } from './form.js';

/** A form that asks for the account's password once more before it does something. */
export abstract class PasswordFormViewModel extends FormViewModel {
  #password = '';
  #passwordProblem: string | null = null;

  get password(): string {
    return this.#password;
  }

  set password(text: string) {
    this.forgetPassword();
    this.#password = text;
    this.changed();
  }

  get passwordProblem(): string | null {
    return this.#passwordProblem;
  }

  protected forgetPassword(): void {
    this.#password = '';
    this.#passwordProblem = null;
  }

  /**
   * Does something with the password that was given; says at the field when there is none, or it is not the account's.
   * @param explain as in {@link FormViewModel.run}
   */
  protected async runWithPassword(
    action: (password: string) => Promise<void>,
    explain: (error: unknown) => string | null = () => null,
  ): Promise<boolean> {
    const password = this.#password;
    if (!password) return this.#wrong();
    return this.run(
      () => action(password),
      (error) => {
        if (codeOf(error) !== 'auth/credentials-wrong') return explain(error);
        this.#wrong();
        return '';
      },
    );
  }

  #wrong(): false {
    this.#passwordProblem = say('devices.password-wrong');
    this.changed();
    return false;
  }
}

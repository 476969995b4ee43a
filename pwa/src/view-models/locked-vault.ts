import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { FormViewModel } from './form.js';

const CHARACTERS = 48;
/** Crockford's base 32; O is read as 0, I and L as 1. */
const LETTER = /[0-9A-TV-Z]/;

export type LockedPage = 'key' | 'device' | 'over';

/** Signing in where the password is right and does not open the vault: by the recovery key, by another device, or starting over. */
export class LockedVaultViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  #key = '';
  #keyProblem: string | null = null;
  #page: LockedPage = 'key';
  #understood = false;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
  }

  get login(): string {
    return this.#app.locked?.login ?? '';
  }

  get key(): string {
    return this.#key;
  }

  set key(text: string) {
    this.#key = text;
    this.#keyProblem = null;
    this.changed();
  }

  get keyProblem(): string | null {
    return this.#keyProblem;
  }

  /** Which way is shown: the recovery key, another device, or starting over. */
  get page(): LockedPage {
    return this.#page;
  }

  get understood(): boolean {
    return this.#understood;
  }

  understand(understood: boolean): void {
    this.#understood = understood;
    this.changed();
  }

  show(page: LockedPage): void {
    this.#page = page;
    this.#understood = false;
    this.setProblem(null);
  }

  /** Signs in again: another device may have made the password open the vault. */
  tryAgain(): Promise<boolean> {
    const { locked, dependencies } = this.#app;
    if (!locked) return Promise.resolve(false);
    return this.run(
      () => dependencies.engine.calls.signIn(locked),
      (error) => (codeOf(error) === 'client/vault-locked' ? say('device.not-yet') : null),
    );
  }

  async recover(): Promise<boolean> {
    this.#keyProblem = keyProblem(this.#key);
    this.changed();
    const { locked } = this.#app;
    if (this.#keyProblem || !locked) return false;
    const recoveryKey = this.#key.trim();
    return this.run(
      () => this.#app.dependencies.engine.calls.recover({ ...locked, recoveryKey }),
      (error) => {
        const code: string | null = codeOf(error);
        if (code !== 'client/recovery-key-wrong' && code !== 'request/invalid') return null;
        this.#keyProblem = say('locked.wrong');
        return '';
      },
    );
  }

  async startOver(): Promise<boolean> {
    const { locked } = this.#app;
    if (!this.#understood || !locked) return false;
    this.#app.makingAccount(true);
    const done = await this.run(async () => {
      const { recoveryKey } = await this.#app.dependencies.engine.calls.startOver(locked);
      this.#app.showRecoveryKey(recoveryKey);
    });
    this.#app.makingAccount(false);
    return done;
  }

  /** Somebody else wants to sign in here. */
  leave(): void {
    this.#app.vaultLocked(null);
  }
}

/** What can be seen to be wrong with a recovery key without trying it, in words. */
export function keyProblem(text: string): string | null {
  const characters = text
    .normalize('NFKC')
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .toUpperCase();
  const strange = [...characters].find((letter) => !LETTER.test(letter));
  if (strange) return say('locked.key-letter', { letter: strange });
  const missing = CHARACTERS - characters.length;
  if (missing > 0) return say('locked.key-count', { count: missing });
  return missing < 0 ? say('locked.key-long', { count: -missing }) : null;
}

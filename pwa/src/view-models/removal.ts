import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { PasswordFormViewModel } from './password-form.js';

/** What the question says would go. */
export interface Removal {
  readonly goes: string;
  /** What was not sent, in words. */
  readonly lost: string | null;
  /** The device can leave the list: not the only one, nor one that goes on as another copy. */
  readonly listed: boolean;
}

/** Removing everything of an account from this browser, and this device from the account's list. */
export class RemovalViewModel extends PasswordFormViewModel {
  readonly #app: AppViewModel;
  #asked: Removal | null = null;
  #leaves = true;
  #alone = false;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    this.track(
      app.dependencies.engine.watch('devices', null, ({ devices }) => {
        this.#alone = devices.length === 1;
        this.changed();
      }),
    );
  }

  /** The question before removing; null while it is not asked. */
  get asked(): Removal | null {
    return this.#asked;
  }

  /** Whether the device also leaves the list, for which the password is needed. */
  get leaves(): boolean {
    return this.#leaves && this.#asked?.listed === true;
  }

  /** What the choice means, in words. */
  get consequence(): string {
    if (this.leaves) return say('settings.remove-leaves');
    return say(this.#alone ? 'settings.remove-last' : 'settings.remove-stays');
  }

  setLeaves(leaves: boolean): void {
    this.#leaves = leaves;
    this.forgetPassword();
    this.setProblem(null);
  }

  /** Counts what would go, and asks. */
  ask(): Promise<boolean> {
    return this.run(async () => {
      const { session, dependencies } = this.#app;
      const { conversations, queued } = await dependencies.engine.calls.localContents();
      this.#leaves = true;
      this.#asked = {
        goes: say('settings.remove-goes', { count: conversations }),
        lost: queued > 0 ? say('settings.remove-queued', { count: queued }) : null,
        listed: session.state === 'signed-in' && !session.overtaken && !this.#alone,
      };
    });
  }

  keep(): void {
    this.#asked = null;
    this.forgetPassword();
    this.setProblem(null);
  }

  /** @returns whether everything is gone */
  remove(): Promise<boolean> {
    const { engine, platform } = this.#app.dependencies;
    const remove = async (password: string | null) => {
      await engine.calls.removeFromBrowser({ password });
      platform.preferences.forget();
      this.#asked = null;
      this.forgetPassword();
    };
    return this.leaves ? this.runWithPassword(remove) : this.run(() => remove(null));
  }
}

import { codeOf } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { usernameProblem } from './fields.js';
import { FormViewModel } from './form.js';

/** Beginning a conversation by exact username. */
export class NewConversationViewModel extends FormViewModel {
  readonly #app: AppViewModel;
  #username = '';
  #fieldProblem: string | null = null;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
  }

  get username(): string {
    return this.#username;
  }

  set username(text: string) {
    this.#username = text;
    if (this.#fieldProblem) {
      this.#fieldProblem = null;
      this.changed();
    }
  }

  get fieldProblem(): string | null {
    return this.#fieldProblem;
  }

  async submit(): Promise<boolean> {
    const username = this.#username.trim().replace(/^@/, '').toLowerCase();
    this.#fieldProblem = this.#problemWith(username);
    this.changed();
    if (this.#fieldProblem) return false;
    const { engine } = this.#app.dependencies;
    return this.run(
      async () => {
        const { conversation } = await engine.calls.startDirect({ username });
        this.#app.open(conversation, true);
      },
      (error) => this.#explain(error),
    );
  }

  close(): void {
    this.#app.closeMain();
  }

  #problemWith(username: string): string | null {
    const { session } = this.#app;
    if (session.state === 'signed-in' && session.username === username) return say('new.self');
    return usernameProblem(username);
  }

  #explain(error: unknown): string | null {
    const code = codeOf(error);
    if (code === 'auth/not-found') {
      this.#fieldProblem = say('new.not-found');
      return '';
    }
    return code === 'service/unavailable' ? say('new.offline') : null;
  }
}

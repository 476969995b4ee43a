import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { ViewModel } from './view-model.js';

const CHECKED_GROUP = 2;
const SHOW_COPIED_FOR = 2_500;

/** The recovery key, shown once; typing its third group shows that it was kept. */
export class RecoveryKeyViewModel extends ViewModel {
  readonly #app: AppViewModel;
  readonly groups: readonly string[];
  #typed = '';
  #judged = false;
  #copied = false;
  #problem: string | null = null;
  #cancel: () => void = () => undefined;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    this.groups = (app.recoveryKey ?? '').match(/[A-Za-z0-9]{4}/g) ?? [];
    this.track(() => this.#cancel());
    if (!this.gone) this.track(app.dependencies.platform.page.askBeforeLeaving());
  }

  /** It is no longer here: the tab was loaded anew. */
  get gone(): boolean {
    return this.groups.length === 0;
  }

  get typed(): string {
    return this.#typed;
  }

  get copied(): boolean {
    return this.#copied;
  }

  get problem(): string | null {
    return this.#problem;
  }

  get checkProblem(): string | null {
    return this.#judged && !this.#right ? say('recovery.wrong') : null;
  }

  write(text: string): void {
    this.#typed = text;
    this.changed();
  }

  async copy(): Promise<void> {
    const { keeping, clock } = this.#app.dependencies.platform;
    try {
      await keeping.copy(this.groups.join(' '));
      this.#problem = null;
      this.#copied = true;
      this.#cancel = clock.after(SHOW_COPIED_FOR, () => {
        this.#copied = false;
        this.changed();
      });
    } catch {
      this.#problem = say('recovery.copy-failed');
    }
    this.changed();
  }

  save(): void {
    const { session } = this.#app;
    const name = session.state === 'signed-in' ? session.username : '';
    const { groups } = this;
    const key = [0, 4, 8].map((start) => groups.slice(start, start + 4).join(' ')).join('\n');
    this.#app.dependencies.platform.keeping.saveFile(
      say('recovery.file-name'),
      say('recovery.file', { name, key }),
    );
  }

  print(): void {
    this.#app.dependencies.platform.keeping.print();
  }

  /** @returns whether the group was right */
  done(): boolean {
    this.#judged = true;
    if (this.#right) this.#app.leaveRecoveryKey(true);
    else this.changed();
    return this.#right;
  }

  later(): void {
    this.#app.leaveRecoveryKey(this.gone);
  }

  get #right(): boolean {
    const plain = (text: string) => text.replaceAll(/[\s-]/g, '').toUpperCase();
    return plain(this.#typed) === plain(this.groups[CHECKED_GROUP] ?? '-');
  }
}

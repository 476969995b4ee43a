import type { ErasureProgress } from '@sotto/client';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { ViewModel } from './view-model.js';

/** How often it is asked, milliseconds. */
const ASK_MS = 2_000;

const PARTS = [
  'names',
  'sessions',
  'devices',
  'vault',
  'account',
  'conversations',
  'attachments',
  'logs',
] as const;

/** One line of what goes. */
export interface ErasedPart {
  readonly words: string;
  readonly done: boolean;
}

/** How far the servers are with deleting an account; by the receipt in the address, for whoever has it. */
export class ErasedViewModel extends ViewModel {
  readonly #app: AppViewModel;
  readonly #receipt: string;
  #progress: ErasureProgress | null = null;
  #unknown = false;
  #disposed = false;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    const { route } = app;
    this.#receipt = route.name === 'erased' ? route.token : '';
    this.track(() => {
      this.#disposed = true;
    });
    void this.#ask();
  }

  /** Nobody asked for it, or so long ago that it is forgotten. */
  get unknown(): boolean {
    return this.#unknown;
  }

  get finished(): boolean {
    return this.#progress?.finished ?? false;
  }

  get parts(): readonly ErasedPart[] {
    const done = new Set(this.#progress?.done.map(({ part }) => part));
    const parts = PARTS.map((part) => ({ words: say(`erased.${part}`), done: done.has(part) }));
    return [...parts, { words: say('erased.again'), done: this.finished }];
  }

  async #ask(): Promise<void> {
    try {
      this.#progress = await this.#app.dependencies.engine.calls.erasureProgress({ receipt: this.#receipt });
    } catch (error) {
      // Without the server it is asked again.
      this.#unknown = error instanceof Error && 'code' in error && error.code === 'auth/not-found';
    }
    if (this.#disposed) return;
    this.changed();
    if (!this.finished && !this.#unknown)
      this.track(this.#app.dependencies.platform.clock.after(ASK_MS, () => void this.#ask()));
  }
}

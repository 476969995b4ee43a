import type { LinkSnapshot } from '@sotto/client';
import { codeOf, errorWords } from '../words/error-words.js';
import { say } from '../words/pages.js';
import type { AppViewModel } from './app.js';
import { ViewModel } from './view-model.js';

const SHOW_COPIED_FOR = 2_500;

/** On a browser that is to become a device: shows its code and waits for another device to scan it. */
export class LinkViewModel extends ViewModel {
  readonly #app: AppViewModel;
  #link: LinkSnapshot = { state: 'none' };
  #code: string | null = null;
  #problem: string | null = null;
  #copied = false;
  #cancel: () => void = () => undefined;

  constructor(app: AppViewModel) {
    super();
    this.#app = app;
    const { engine } = app.dependencies;
    this.track(
      engine.watch('link', null, (link) => {
        this.#link = link;
        this.changed();
      }),
    );
    this.track(() => this.#cancel());
    // A code that nobody looks at any more must not be good for anything.
    this.track(() => {
      if (this.#link.state !== 'done') engine.calls.cancelLink().catch(() => undefined);
    });
    void this.begin();
  }

  /** What the QR code says; null while there is none. */
  get code(): string | null {
    if (this.#link.state === 'waiting') return this.#link.code;
    return this.#link.state === 'none' ? this.#code : null;
  }

  /** Until when it is good, in words. */
  get until(): string | null {
    if (this.#link.state !== 'waiting') return null;
    return say('link.until', { time: this.#app.dependencies.platform.format.time(this.#link.until) });
  }

  /** What went wrong: a heading and what to do. */
  get failure(): { readonly title: string; readonly text: string } | null {
    if (this.#problem) return { title: say('link.failed'), text: this.#problem };
    if (this.#link.state !== 'failed') return null;
    const expired = this.#link.error === 'auth/link-expired';
    return { title: say(expired ? 'link.expired' : 'link.failed'), text: say('link.failed-text') };
  }

  get copied(): boolean {
    return this.#copied;
  }

  /** Makes a code, in place of the one before. */
  async begin(): Promise<void> {
    this.#problem = null;
    this.#code = null;
    this.#link = { state: 'none' };
    this.changed();
    try {
      const { code } = await this.#app.dependencies.engine.calls.beginLink();
      this.#code = code;
    } catch (error) {
      this.#problem = codeOf(error) === 'service/unavailable' ? say('error.unavailable') : errorWords(error);
    }
    this.changed();
  }

  async copy(): Promise<void> {
    const { keeping, clock } = this.#app.dependencies.platform;
    if (!this.code) return;
    await keeping.copy(this.code).then(
      () => {
        this.#copied = true;
        this.#cancel = clock.after(SHOW_COPIED_FOR, () => {
          this.#copied = false;
          this.changed();
        });
      },
      // The code can be marked by hand where a browser does not allow copying.
      () => undefined,
    );
    this.changed();
  }

  close(): void {
    this.#app.closeMain();
  }
}

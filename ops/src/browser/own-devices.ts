import type { Browser, Page } from 'playwright-core';
import { type WatchedPage, watchedPage } from './watched-page.js';

/** Opens browsers of people, each with nothing in it, and remembers them for a last look at their faults. */
export class OwnDevices {
  readonly #opened: WatchedPage[] = [];

  /** @returns a page of a browser that was never here */
  async open(browser: Browser, width = 1000): Promise<Page> {
    const watched = await watchedPage(await browser.newContext({ viewport: { width, height: 900 } }));
    this.#opened.push(watched);
    return watched.page;
  }

  /** Everything that a developer would be ashamed of, of all of them. */
  get faults(): string[] {
    return this.#opened.flatMap(({ faults }) => faults);
  }
}

/** A row of the list, by the other's name or the group's. */
export const row = (page: Page, name: string) =>
  page.locator(`[data-test=conversation-row][data-username="${name}"]`);

/** A message by its text. */
export const said = (page: Page, text: string) =>
  page.locator('[data-test=message-text]').filter({ hasText: text });

/** A line that says what happened to the conversation. */
export const told = (page: Page, text: string) =>
  page.locator('[data-test=change]').filter({ hasText: text });

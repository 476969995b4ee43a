import type { Page } from 'playwright-core';

/** Opens the direct conversation with somebody by their exact username. */
export async function openConversationWith(page: Page, username: string): Promise<void> {
  await page.locator('[data-test=new-conversation]').click();
  await page.locator('[data-test=username]').fill(username);
  await page.locator('[data-test=submit]').click();
  await composerReady(page);
}

export async function composerReady(page: Page): Promise<void> {
  await page.locator('[data-test=composer]').waitFor();
}

/** Types a text and sends it with Enter; a line break in it is typed with Shift+Enter. */
export async function sendText(page: Page, text: string): Promise<void> {
  const composer = page.locator('[data-test=composer]');
  await composer.fill(text);
  await composer.press('Enter');
  await page
    .locator('[data-test=message-text]', { hasText: text.split('\n')[0]! })
    .last()
    .waitFor();
}

/** Waits until exactly so many messages are shown. */
export async function countMessages(page: Page, count: number): Promise<void> {
  const messages = page.locator('[data-test=message]');
  await messages.nth(count - 1).waitFor();
  const shown = await messages.count();
  if (shown !== count) throw new Error(`${shown} messages are shown instead of ${count}`);
}

/** The texts of all messages shown, oldest first. */
export async function shownTexts(page: Page): Promise<string[]> {
  return page.locator('[data-test=message-text]').allInnerTexts();
}

/** Scrolls up as a person does, until nothing older comes. */
export async function scrollToOldest(page: Page): Promise<void> {
  const transcript = page.locator('[data-test=transcript]');
  await transcript.evaluate((element) => element.scrollTo({ top: 0 }));
}

/** Finds delivery marks of messages, as distinct from those of the list. */
export function mark(state: 'queued' | 'sent' | 'delivered' | 'read' | 'failed'): string {
  return `[data-test=message] [data-test=mark][data-mark=${state}]`;
}

const TITLE_MS = 15_000;

/** Waits until the page's title is as it should be. */
export async function titled(page: Page, wanted: RegExp): Promise<void> {
  const until = Date.now() + TITLE_MS;
  while (!wanted.test(await page.title())) {
    if (Date.now() > until) throw new Error(`the title is ${await page.title()}`);
    await page.waitForTimeout(100);
  }
}

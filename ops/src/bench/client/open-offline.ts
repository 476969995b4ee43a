import type { BrowserContext, Page } from 'playwright-core';
import { recordInPage } from './in-page.js';

/** So many messages count as the latest ones. */
const LATEST = 10;
const PATIENCE_MS = 60_000;

/** Resolves in the page once a message with this text and the others before it have been drawn and a frame has passed. */
async function untilSettled(page: Page, lastText: string): Promise<number> {
  const handle = await page.waitForFunction(
    ({ last, latest }) => {
      const { sightings } = window.sottoRecord;
      const settled = sightings.filter(({ settledAt }) => settledAt > 0);
      const isThere = settled.length >= latest && settled.some(({ text }) => text === last);
      if (!isThere) return undefined;
      const times = settled.map(({ settledAt }) => settledAt).sort((a, b) => a - b);
      return Math.max(times[latest - 1]!, settled.find(({ text }) => text === last)!.settledAt);
    },
    { last: lastText, latest: LATEST },
    { timeout: PATIENCE_MS },
  );
  return (await handle.jsonValue())!;
}

/**
 * Opens a conversation in a fresh page, the browser's only one, and gives the milliseconds from the navigation's start
 * until its latest messages are painted.
 */
export async function measureOpening(
  context: BrowserContext,
  url: string,
  lastText: string,
): Promise<number> {
  const page = await context.newPage();
  for (const other of context.pages()) if (other !== page) await other.close();
  await page.addInitScript(recordInPage);
  await page.goto(url, { waitUntil: 'commit' });
  return untilSettled(page, lastText);
}

/**
 * Scrolls back until all messages are shown: they are on this device.
 * @throws TimeoutError when they are not
 */
export async function scrollThroughAll(page: Page, count: number): Promise<void> {
  const transcript = page.locator('[data-test=transcript]');
  const messages = page.locator('[data-test=message]');
  for (let shown = await messages.count(); shown < count; shown = await messages.count()) {
    await transcript.evaluate((element) => element.scrollTo({ top: 0 }));
    await messages.nth(shown).waitFor({ timeout: PATIENCE_MS });
  }
}

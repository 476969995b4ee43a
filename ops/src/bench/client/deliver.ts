import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { clockOffset } from './in-page.js';

const WARM_UP = 20;
const SPACING_MS = 100;
const PATIENCE_MS = 60_000;

/** Writes, waits as long as it takes to look at it once more, and sends with Enter; at a steady pace however long each takes. */
async function type({ keyboard }: Page, texts: readonly string[]): Promise<void> {
  let next = Date.now();
  for (const text of texts) {
    await keyboard.insertText(text);
    await wait(SPACING_MS / 2);
    await keyboard.press('Enter');
    next += SPACING_MS;
    await wait(Math.max(0, next - Date.now()));
  }
}

/** By text: when Enter was pressed, on the machine's clock in milliseconds. */
async function pressed(page: Page): Promise<Map<string, number>> {
  const offset = await page.evaluate(clockOffset);
  const { keyPresses } = await page.evaluate(() => window.sottoRecord);
  return new Map(keyPresses.map(({ text, at }) => [text, at + offset]));
}

/** By text: when another's message was drawn, on the machine's clock in milliseconds. */
async function drawn(page: Page): Promise<Map<string, number>> {
  const offset = await page.evaluate(clockOffset);
  const { sightings } = await page.evaluate(() => window.sottoRecord);
  const theirs = sightings.filter(({ mine }) => !mine);
  return new Map(theirs.map(({ text, drawnAt }) => [text, drawnAt + offset]));
}

/**
 * Sends messages from one page to another and gives how long each took, in milliseconds: from Enter on one to the text
 * drawn on the other. Sealed, checked and durable on the way, since nothing else is how it goes.
 * @param sender with `recordInPage`, on the conversation, as is the receiver
 */
export async function measureDelivery(sender: Page, receiver: Page, count: number): Promise<number[]> {
  const texts = Array.from({ length: WARM_UP + count }, (_, index) => `delivery ${index}`);
  await sender.locator('[data-test=composer]').focus();
  await type(sender, texts);
  const { keyPresses } = await sender.evaluate(() => window.sottoRecord);
  const lost = texts.find((text) => !keyPresses.some((press) => press.text === text));
  if (lost) throw new Error(`'${lost}' was no longer in the composer when Enter was pressed`);
  await receiver
    .locator('[data-test=message-text]', { hasText: new RegExp(`^${texts.at(-1)}$`) })
    .waitFor({ timeout: PATIENCE_MS });
  // The last one's frame, too.
  await receiver.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50))));
  const [from, to] = [await pressed(sender), await drawn(receiver)];
  return texts.slice(WARM_UP).map((text) => {
    const took = to.get(text)! - from.get(text)!;
    if (Number.isNaN(took)) throw new Error(`'${text}' was not seen at both ends`);
    return took;
  });
}

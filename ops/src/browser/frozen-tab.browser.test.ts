import type { Browser, BrowserContext, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { launchChromium } from './launch-chromium.js';
import { person, signUp } from './sign-up.js';
import { composerReady, mark, sendText } from './talk.js';

/** The tab that runs the engine goes away or stands still: another one goes on, and nothing is written twice. */
const test = suite('frozen tab');
const mara = person('mara');
let browser: Browser;
let context: BrowserContext;
let sotto: Sotto;
let noor: Person;
let first: Page;

const row = (page: Page) => page.locator('[data-test=conversation-row][data-username=noor]');
const shown = (page: Page, text: string) => page.locator('[data-test=message-text]', { hasText: text });

async function another(): Promise<Page> {
  const page = await context.newPage();
  await page.setViewportSize({ width: 1000, height: 800 });
  await page.goto(first.url());
  await composerReady(page);
  return page;
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  context = await browser.newContext();
  first = await context.newPage();
  await first.setViewportSize({ width: 1000, height: 800 });
  await signUp(first, sotto, mara);
  noor = await newFriend(sotto, 'noor');
  await writeTo(noor, 'mara', 'Hello Mara');
  await row(first).click();
  await first.locator('[data-test=accept]').click();
  await composerReady(first);
  await sendText(first, 'from the first tab');
  await first.locator(mark('delivered')).waitFor();
});
test.after(async () => {
  await browser?.close();
  await noor?.remove();
  await sotto?.remove();
});

test('a page that was left and come back to works as before', async () => {
  await first.goto('about:blank');
  await first.goBack();
  await composerReady(first);
  await sendText(first, 'after coming back');
  await first.locator(mark('delivered')).first().waitFor();
});

test('the tab that runs the engine is killed: another takes over', async () => {
  const second = await another();
  const session = await context.newCDPSession(first);
  void session.send('Page.crash').catch(() => {});
  await first.waitForEvent('crash', { timeout: 10_000 }).catch(() => {});
  await sendText(second, 'from the second tab');
  await shown(second, 'from the second tab').waitFor();
  const texts = async () => (await second.locator('[data-test=message]').allInnerTexts()).join('\n');
  assert.match(await texts(), 'after coming back');
  first = second;
});

test('the tab that runs the engine is frozen: what another one says is kept, and there once when it moves again', async () => {
  const second = await another();
  const session = await context.newCDPSession(first);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await second.bringToFront();
  await second.locator('[data-test=composer]').fill('while frozen');
  await second.locator('[data-test=composer]').press('Enter');
  await shown(second, 'while frozen').waitFor();
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  await shown(second, 'while frozen').waitFor();
  assert.is(await shown(second, 'while frozen').count(), 1);
});

test.run();

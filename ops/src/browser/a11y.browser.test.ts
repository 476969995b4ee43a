import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import { readMailbox } from '../process/read-mailbox.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { axeFaults } from './axe.js';
import { launchChromium } from './launch-chromium.js';
import { askForAccount, chooseCredentials, person } from './sign-up.js';
import { mark, shownTexts } from './talk.js';
import { type WatchedPage, watchedPage } from './watched-page.js';

/** Every screen of a real Sotto before axe in light and dark, and the whole way with keys alone. */
const test = suite('accessibility');
const mara = person('mara');
let sotto: Sotto;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let noor: Person;
let say: (text: string) => Promise<unknown>;

/** Lets axe look at what is on screen, in both colour schemes. */
async function clean(screen: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    assert.equal(await axeFaults(page), [], `${screen}, ${colorScheme}`);
  }
}

/** The name or text of what has the focus, through all shadow roots. */
function focused(): Promise<string> {
  return page.evaluate(`(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return (element.getAttribute('data-test') ?? element.getAttribute('aria-label') ?? element.className);
  })()`);
}

/** Presses Tab until something has the focus. */
async function tabTo(name: string): Promise<void> {
  for (let presses = 0; presses < 20; presses += 1) {
    if ((await focused()) === name) return;
    await page.keyboard.press('Tab');
  }
  assert.unreachable(`Tab does not lead to ${name}, but to ${await focused()}`);
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  watched = await watchedPage(await browser.newContext({ viewport: { width: 1280, height: 800 } }));
  page = watched.page;
});
test.after(async () => {
  await noor?.remove();
  await browser?.close();
  await sotto?.remove();
});

test('U20: signing up, every page of it', async () => {
  await page.goto(sotto.origin);
  await page.locator('[data-test=login]').waitFor();
  await clean('sign-in');
  await page.goto(`${sotto.origin}/sign-up`);
  await page.locator('[data-test=email]').fill('not an address');
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=field-error]').waitFor();
  await clean('sign-up with a slip');
  await askForAccount(page, sotto, mara.email);
  await clean('look in your mail');
  await page.goto(`${sotto.origin}/welcome#${'A'.repeat(43)}`);
  await page.locator('[data-test=forbidden]').waitFor();
  await clean('wrong link');
  await page.goto(await readMailbox(sotto, mara.email));
  await page.locator('[data-test=password]').waitFor();
  await clean('welcome');
  await chooseCredentials(page, mara);
  await page.locator('[data-test=recovery-key]').waitFor();
  await clean('recovery key');
  await page.locator('[data-test=recovery-later]').click();
  await page.locator('[data-test=notice][data-kind=recovery]').waitFor();
  await clean('empty list with its notice');
});

test('U20: the chat, every page of it', async () => {
  noor = await newFriend(sotto, 'noor');
  ({ say } = await writeTo(noor, 'mara', 'Hello Mara, see https://example.org', '`code` and 🌊'));
  await page.locator('[data-test=unread-count]').waitFor();
  await clean('list with a request');
  await page.locator('[data-test=conversation-row]').click();
  await page.locator('[data-test=request]').waitFor();
  await clean('request');
  await page.locator('[data-test=accept]').click();
  await page.locator('[data-test=composer]').fill('Hello');
  await clean('conversation');
  await page.locator('[data-test=composer]').fill('');
  await page.goto(`${sotto.origin}/new`);
  await page.locator('[data-test=username]').fill('nobody-of-this-name');
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=field-error]').waitFor();
  await clean('new conversation with a slip');
  await page.locator('[data-test=settings]').click();
  await page.locator('[data-test=settings-page]').waitFor();
  await clean('settings');
  await page.locator('[data-test=remove]').click();
  await page.locator('[data-test=confirm]').waitFor();
  await clean('dialog');
  await page.keyboard.press('Escape');
  await page.goto(`${sotto.origin}/nowhere`);
  await page.getByText('There is nothing here').waitFor();
  await clean('not found');
});

test('U20: from sign-in to a read answer with keys alone', async () => {
  await page.goto(`${sotto.origin}/settings`);
  await page.locator('[data-test=settings-page]').waitFor();
  await tabTo('sign-out');
  await page.keyboard.press('Enter');
  await page.locator('[data-test=password]').waitFor();
  await tabTo('password');
  await page.keyboard.type(mara.password);
  await page.keyboard.press('Enter');
  await page.locator('[data-test=conversation-row]').waitFor();
  await tabTo('conversation-row');
  await page.keyboard.press('Enter');
  await page.locator('[data-test=composer]').waitFor();
  await tabTo('composer');
  await page.keyboard.type('With keys');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('alone');
  await page.keyboard.press('Enter');
  await page.locator(mark('delivered')).waitFor();
  assert.is((await shownTexts(page)).at(-1), 'With keys\nalone');
  assert.is(await focused(), 'composer', 'sending leaves the focus where it was');
  await page.keyboard.press('Escape');
  await page.locator('[data-test=conversation]').waitFor({ state: 'detached' });
  assert.is(await focused(), 'conversation-row', 'leaving leads back to the row');
});

test('U20: the transcript is a log that speaks up for what comes, and can be reached past the list', async () => {
  await page.keyboard.press('Enter');
  const log = page.getByRole('log', { name: 'Messages with noor' });
  await log.waitFor();
  await page.locator('[data-test=transcript][aria-live=polite]').waitFor();
  await say('One more');
  await log.getByText('One more').waitFor();
  assert.is(await page.locator('[data-test=message]').last().locator('.vh').textContent(), 'noor:');
  await tabTo('skip');
  await page.keyboard.press('Enter');
  assert.is(await focused(), 'transcript');
  assert.equal(watched.faults, []);
});

test.run();

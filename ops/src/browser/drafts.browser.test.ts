import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { launchChromium } from './launch-chromium.js';
import { person, signUp } from './sign-up.js';
import { composerReady, shownTexts } from './talk.js';
import { type WatchedPage, watchedPage } from './watched-page.js';

/** What is begun and not sent, and the ways in which a text gets into the composer. */
const test = suite('drafts');
let sotto: Sotto;
let browser: Browser;
let mara: WatchedPage;
let page: Page;
const friends: Person[] = [];

const composer = () => page.locator('[data-test=composer]');
const row = (username: string) => page.locator(`[data-test=conversation-row][data-username=${username}]`);

async function open(username: string): Promise<void> {
  await row(username).click();
  await page.locator('h1', { hasText: username }).waitFor();
  await composerReady(page);
}

/** Waits until the composer holds a text. */
async function holds(text: string): Promise<void> {
  for (let turn = 0; turn < 50 && (await composer().inputValue()) !== text; turn += 1)
    await page.waitForTimeout(100);
  assert.is(await composer().inputValue(), text);
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: sotto.origin });
  mara = await watchedPage(context);
  page = mara.page;
  await signUp(page, sotto, person('mara'));
  for (const username of ['noor', 'teo']) {
    const friend = await newFriend(sotto, username);
    friends.push(friend);
    await writeTo(friend, 'mara', `${username} says hello`);
    await row(username).click();
    await page.locator('[data-test=accept]').click();
    await composerReady(page);
  }
});
test.after(async () => {
  for (const friend of friends) await friend.remove();
  await browser?.close();
  await sotto?.remove();
});

test('U8: each conversation keeps its own draft, also over a reload right after the last letter', async () => {
  await open('noor');
  await composer().pressSequentially('for Noor');
  await open('teo');
  assert.is(await composer().inputValue(), '');
  await row('noor').filter({ hasText: 'Draft:' }).filter({ hasText: 'for Noor' }).waitFor();
  await composer().pressSequentially('for Teo');
  await page.reload();
  await composerReady(page);
  await holds('for Teo');
  await open('noor');
  await holds('for Noor');
});

test('U8: a sent text leaves no draft behind', async () => {
  const sent = page.locator('[data-test=message-text]', { hasText: 'for Noor' });
  await composer().press('Enter');
  await sent.waitFor();
  await page.reload();
  await composerReady(page);
  await sent.waitFor();
  await holds('');
  await row('teo').filter({ hasText: 'for Teo' }).waitFor();
  assert.is(await row('noor').filter({ hasText: 'Draft:' }).count(), 0);
});

test('U8: the draft after that one is kept as well', async () => {
  await composer().fill('and another');
  await page.waitForTimeout(500);
  await page.reload();
  await composerReady(page);
  await holds('and another');
  await composer().fill('');
  await page.waitForTimeout(500);
  assert.equal(mara.faults, []);
});

test('U7: several pasted lines go out as they are', async () => {
  const lines = 'Bring:\n\n- the long rope\n- שלום and مرحبا\n  - 🔑';
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(lines)})`);
  await composer().focus();
  await page.keyboard.press('Control+V');
  await holds(lines);
  await composer().press('Enter');
  const text = page.locator('[data-test=message-text]', { hasText: 'the long rope' });
  await text.waitFor();
  assert.is(await text.evaluate((element) => element.textContent), lines);
});

test('U7: Enter belongs to the input method while it composes', async () => {
  const before = (await shownTexts(page)).length;
  await composer().focus();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await composer().dispatchEvent('keydown', { key: 'Enter', keyCode: 229, isComposing: true });
  await holds('にほん');
  assert.is((await shownTexts(page)).length, before);
  await devtools.send('Input.insertText', { text: '日本' });
  await holds('日本');
  await composer().press('Enter');
  await page.locator('[data-test=message-text]', { hasText: '日本' }).waitFor();
});

test('U7: what is too long is said before it is sent, and is kept', async () => {
  await composer().fill('x'.repeat(10_002));
  await page.getByText('Too long by 2 characters.').waitFor();
  await composer().press('Enter');
  assert.is((await composer().inputValue()).length, 10_002);
  assert.equal(mara.faults, []);
});

test.run();

import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { launchChromium } from './launch-chromium.js';
import { person, signUp } from './sign-up.js';
import { composerReady, countMessages, sendText, shownTexts } from './talk.js';
import { type WatchedPage, watchedPage } from './watched-page.js';

/** Signing out and in on one browser, a session that ended elsewhere, and leaving a browser for good. */
const test = suite('session');
const mara = person('mara');
let sotto: Sotto;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let noor: Person;
let say: (text: string) => Promise<unknown>;

/** Gives the password on the sign-in page that is shown. */
async function unlock(): Promise<void> {
  await page.locator('[data-test=login]').fill(mara.username);
  await page.locator('[data-test=password]').fill(mara.password);
  await page.locator('[data-test=submit]').click();
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  watched = await watchedPage(await browser.newContext());
  page = watched.page;
  await signUp(page, sotto, mara);
  noor = await newFriend(sotto, 'noor');
  ({ say } = await writeTo(noor, 'mara', 'Hello Mara'));
  await page.locator('[data-test=conversation-row]').click();
  await page.locator('[data-test=accept]').click();
  await composerReady(page);
  await sendText(page, 'Hello Noor');
});
test.after(async () => {
  await noor?.remove();
  await browser?.close();
  await sotto?.remove();
});

test('U6: a browser keeps the page for use offline once somebody has signed in there', async () => {
  const registered = 'navigator.serviceWorker.getRegistrations().then((all) => all.length)';
  const visitor = await browser.newPage();
  await visitor.goto(`${sotto.origin}/sign-in`);
  await visitor.locator('[data-test=login]').waitFor();
  // Longer than a page waits that somebody is signed in to.
  await visitor.waitForTimeout(6_000);
  assert.is(await visitor.evaluate(registered), 0);
  await visitor.close();
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
  assert.is(await page.evaluate(registered), 1);
});

test('U2: signing out locks what is here; signing in brings it back with what came meanwhile', async () => {
  await page.locator('[data-test=composer]').fill('not finished');
  await page.locator('[data-test=settings]').click();
  await page.locator('[data-test=sign-out]').click();
  await page.locator('[data-test=login]').waitFor();
  assert.is(await page.locator('[data-test=login]').inputValue(), 'mara');
  await page.goBack();
  await page.locator('[data-test=login]').waitFor();
  assert.is(await page.locator('[data-test=conversation-row]').count(), 0);
  await say('Are you there?');
  await unlock();
  const row = page.locator('[data-test=conversation-row]');
  await row.click();
  await countMessages(page, 3);
  assert.equal(await shownTexts(page), ['Hello Mara', 'Hello Noor', 'Are you there?']);
  assert.is(await page.locator('[data-test=composer]').inputValue(), 'not finished');
});

test('U2: a session that ended elsewhere leads to sign-in and from there back to where one was', async () => {
  const place = page.url();
  const ended = await page.context().request.post(`${sotto.origin}/api/session/end`, {
    headers: { Origin: sotto.origin },
  });
  assert.is(ended.status(), 204);
  await page.reload();
  await page.locator('[data-test=session-ended]').waitFor();
  assert.not.match(page.url(), /\/c\//);
  await page.reload();
  await page.locator('[data-test=login]').waitFor();
  await unlock();
  await countMessages(page, 3);
  assert.is(page.url(), place);
  await sendText(page, 'Here again');
});

test('U2: removing everything from the browser leaves nothing of it', async () => {
  await page.locator('[data-test=settings]').click();
  await page.locator('[data-test=remove]').click();
  await page.locator('[data-test=cancel]').click();
  assert.is(await page.locator('[data-test=settings-page]').count(), 1);
  await page.locator('[data-test=remove]').click();
  await page.locator('[data-test=removal-consequence]').filter({ hasText: 'stays on your list' }).waitFor();
  await page.locator('[data-test=confirm]').click();
  await page.locator('[data-test=login]').waitFor();
  assert.is(await page.locator('[data-test=login]').inputValue(), '', 'not even the name');
  const left = await page.evaluate('indexedDB.databases().then((all) => all.map(({ name }) => name).sort())');
  assert.equal(left, [], 'not even that somebody was here');
  const chosen = await page.evaluate("Object.keys(localStorage).filter((key) => key !== 'sotto.theme')");
  assert.equal(chosen, []);
});

test('U2 U11: the same account on a new device has what was said before, and goes on', async () => {
  await unlock();
  await page.locator('[data-test=conversation-row]').click();
  await countMessages(page, 4);
  assert.equal(await shownTexts(page), ['Hello Mara', 'Hello Noor', 'Are you there?', 'Here again']);
  await say('To your new device');
  await page.locator('[data-test=message-text]', { hasText: 'To your new device' }).waitFor();
  await sendText(page, 'From it');
  assert.equal(watched.faults, []);
});

test.run();

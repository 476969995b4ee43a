import type { Browser } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { launchChromium } from './launch-chromium.js';
import { person, signUp } from './sign-up.js';
import { composerReady, mark, sendText } from './talk.js';
import { type WatchedPage, watchedPage } from './watched-page.js';

/** After one visit every page opens with no server there, and says so in words that help. */
const test = suite('offline routes');
let sotto: Sotto;
let browser: Browser;
let mara: WatchedPage;
let noor: Person;
let place: string;

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  mara = await watchedPage(await browser.newContext());
  await signUp(mara.page, sotto, person('mara'));
  noor = await newFriend(sotto, 'noor');
  await writeTo(noor, 'mara', 'Hello Mara');
  await mara.page.locator('[data-test=conversation-row]').click();
  await mara.page.locator('[data-test=accept]').click();
  await composerReady(mara.page);
  place = new URL(mara.page.url()).pathname;
  await mara.page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
  await noor.remove();
  await sotto.kill('SIGKILL');
});
test.after(async () => {
  await browser?.close();
  await sotto?.remove();
});

test('U5: every page opens at its own address without a server', async () => {
  const { page } = mara;
  const pages: readonly (readonly [path: string, shows: string])[] = [
    ['/', '[data-test=conversation-row]'],
    [place, '[data-test=composer]'],
    ['/new', '[data-test=username]'],
    ['/settings', '[data-test=settings-page]'],
    ['/sign-in', '[data-test=conversation-row]'],
    ['/sign-up', '[data-test=conversation-row]'],
    [`/welcome#${'A'.repeat(43)}`, 'text=You are signed in as mara'],
    ['/recovery-key', 'text=The recovery key is no longer here'],
    ['/nowhere', 'text=There is nothing here'],
  ];
  for (const [path, shows] of pages) {
    await page.goto('about:blank');
    await page.goto(sotto.origin + path);
    await page.locator(shows).first().waitFor();
  }
});

test('U5: a stranger cannot be looked up without a server, and the page says what to do', async () => {
  const { page } = mara;
  await page.goto(`${sotto.origin}/new`);
  await page.locator('[data-test=username]').fill('somebody');
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=form-error]', { hasText: 'needs the network' }).waitFor();
});

test('U5 U7: writing goes on without a server, over reloads, and goes out when it is back', async () => {
  const { page } = mara;
  await page.goto(sotto.origin + place);
  await composerReady(page);
  await sendText(page, 'on the train');
  await page.locator('[data-test=connection-banner][data-kind=offline]').waitFor();
  await page.reload();
  await composerReady(page);
  await sendText(page, 'still on it');
  await page.locator(mark('queued')).first().waitFor();
  await page.locator('[data-test=connection-banner][data-kind=offline]').waitFor();
  await sotto.restart();
  await page.locator('[data-test=reconnect]').click();
  await page.locator('[data-test=connection-banner]', { hasText: '2 messages went out' }).waitFor();
  await page.locator(mark('queued')).first().waitFor({ state: 'detached' });
  await page.locator('[data-test=connection-banner]').waitFor({ state: 'detached' });
  assert.equal(mara.faults, []);
});

test('U5: signing in needs the server, and a page of somebody signed out opens without it', async () => {
  const { page } = mara;
  await page.goto(`${sotto.origin}/settings`);
  await page.locator('[data-test=sign-out]').click();
  await page.locator('[data-test=login]').waitFor();
  await sotto.kill('SIGKILL');
  for (const [path, shows] of [
    ['/', '[data-test=login]'],
    [place, '[data-test=login]'],
    ['/sign-up', '[data-test=email]'],
  ] as const) {
    await page.goto('about:blank');
    await page.goto(sotto.origin + path);
    await page.locator(shows).waitFor();
  }
  await page.locator('[data-test=email]').fill('mara@example.org');
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=form-error]', { hasText: 'cannot be reached' }).waitFor();
  assert.equal(mara.faults, []);
});

test.run();

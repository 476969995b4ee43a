import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { launchChromium } from './launch-chromium.js';
import { signIn } from './sign-in.js';
import { person, signUp } from './sign-up.js';
import { composerReady, titled } from './talk.js';
import { type WatchedPage, watchedPage } from './watched-page.js';

/** A long conversation: opening it, reading back in it, and what comes meanwhile. */
const test = suite('history');
const EARLIER = 120;
const MISSED = 60;
const GROUPS = 16;
let sotto: Sotto;
let browser: Browser;
let mara: WatchedPage;
let noor: Person;
let say: (text: string) => Promise<unknown>;

const row = () => mara.page.locator('[data-test=conversation-row]');
const transcript = () => mara.page.locator('[data-test=transcript]');
const withText = (text: string) =>
  mara.page.locator('[data-test=message-text]').filter({ hasText: new RegExp(`^${text}$`) });

/** The message at the upper edge and how far below it that begins, in whole pixels. */
function atTheTop(): Promise<{ text: string; below: number }> {
  return transcript().evaluate((log) => {
    const edge = log.getBoundingClientRect().top;
    const messages = [...log.querySelectorAll('[data-test=message]')];
    const first = messages.find((one) => one.getBoundingClientRect().bottom > edge)!;
    const text = first.querySelector('[data-test=message-text]')!.textContent!;
    return { text, below: Math.round(first.getBoundingClientRect().top - edge) };
  });
}

function scrolledTo(): Promise<number> {
  return transcript().evaluate((log) => log.scrollTop);
}

/** Where things have come to rest: twice the same. */
async function settled<T>(look: () => Promise<T>): Promise<T> {
  let before = '';
  for (;;) {
    const now = await look();
    if (JSON.stringify(now) === before) return now;
    before = JSON.stringify(now);
    await mara.page.waitForTimeout(150);
  }
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  mara = await watchedPage(await browser.newContext({ viewport: { width: 1280, height: 800 } }));
  await signUp(mara.page, sotto, person('mara'));
  noor = await newFriend(sotto, 'noor');
  ({ say } = await writeTo(noor, 'mara', 'The first of all'));
  await row().click();
  await mara.page.locator('[data-test=accept]').click();
  await composerReady(mara.page);
  for (let index = 1; index <= EARLIER; index += 1) await say(`Earlier ${index}`);
  await withText(`Earlier ${EARLIER}`).waitFor();
  // Read, and kept as read, before anybody reloads.
  await titled(mara.page, /^[^(]/);
  await mara.page.waitForTimeout(500);
});
test.after(async () => {
  await noor?.remove();
  await browser?.close();
  await sotto?.remove();
});

test('U8: a conversation opens at its newest message, and reading back keeps its place', async () => {
  const { page } = mara;
  await page.reload();
  await withText(`Earlier ${EARLIER}`).waitFor();
  assert.ok((await settled(() => page.locator('[data-test=message]').count())) <= 50, 'not all at once');
  await transcript().hover();
  const seen = new Set<string>();
  for (let turn = 0; turn < 40 && (await withText('The first of all').count()) === 0; turn += 1) {
    const before = await settled(atTheTop);
    seen.add(before.text);
    await page.mouse.wheel(0, -400);
    const after = await settled(atTheTop);
    assert.ok(number(before.text) - number(after.text) < 25, `from ${before.text} to ${after.text}`);
  }
  assert.ok(seen.size > 3, 'older messages came bit by bit');
  await page.mouse.wheel(0, -4000);
  await settled(scrolledTo);
  assert.ok(await withText('The first of all').isVisible());
});

test('U8: what comes while one reads back moves nothing, and the pill leads to it', async () => {
  const { page } = mara;
  const before = await settled(atTheTop);
  await say('While you are up there');
  const pill = page.locator('[data-test=jump-to-latest]');
  await pill.filter({ hasText: '1 new' }).waitFor();
  assert.equal(await atTheTop(), before);
  await titled(page, /^\(1\)/);
  await pill.click();
  await pill.waitFor({ state: 'detached' });
  assert.ok(await withText('While you are up there').isVisible());
  await titled(page, /^[^(]/);
});

test('U8: a conversation with many unread messages opens where reading stopped', async () => {
  const { page } = mara;
  await page.keyboard.press('Escape');
  for (let index = 1; index <= MISSED; index += 1) await say(`Missed ${index}`);
  await titled(page, new RegExp(`^\\(${MISSED}\\)`));
  assert.is(await page.locator('[data-test=unread-count] [aria-hidden]').textContent(), `${MISSED}`);
  await row().click();
  const line = page.locator('[data-test=unread-line]');
  await line.waitFor();
  await settled(scrolledTo);
  assert.is((await line.textContent())?.trim(), `${MISSED} new`);
  for (const text of ['While you are up there', 'Missed 1']) {
    assert.ok(await withText(text).evaluate(isInSight), `${text} is in sight`);
  }
  assert.not.ok(await withText(`Missed ${MISSED}`).evaluate(isInSight), 'the newest is not');
  assert.match(await page.title(), /^\(\d+\)/, 'what was not seen still counts');
  await page.locator('[data-test=jump-to-latest]').click();
  await titled(page, /^[^(]/);
  assert.is(await line.count(), 1, 'the line stays until the conversation is left');
  await page.keyboard.press('Escape');
  await row().click();
  await withText(`Missed ${MISSED}`).waitFor();
  assert.is(await line.count(), 0);
  assert.equal(mara.faults, []);
});

test('U11: a new device says how much of the past has come, the newest conversation first, until it is all there', async () => {
  const { account } = await noor.engine.calls.lookUp({ username: 'mara' });
  for (let index = 1; index <= GROUPS; index += 1) {
    const { conversation } = await noor.engine.calls.createGroup({
      ...{ name: `Group ${index}`, people: [account], sharesPast: false },
    });
    await noor.engine.calls.send({ conversation, text: `Said in group ${index}` });
  }
  const rowOf = (page: Page, name: string) =>
    page.locator(`[data-test=conversation-row][data-username="${name}"]`);
  await rowOf(mara.page, `Group ${GROUPS}`)
    .filter({ hasText: `Said in group ${GROUPS}` })
    .waitFor();
  // What the device has is in the archive once it has settled.
  await mara.page.waitForTimeout(2_000);
  const tablet = await watchedPage(await browser.newContext({ viewport: { width: 1000, height: 800 } }));
  const line = tablet.page.locator('[data-test=history]');
  const total = GROUPS + 1;
  const progress = line.filter({ hasText: `of ${total} conversations` }).waitFor();
  await signIn(tablet.page, sotto, 'mara', person('mara').password);
  await progress;
  await line.waitFor({ state: 'detached' });
  assert.is(await tablet.page.locator('[data-test=conversation-row]').count(), total);
  await rowOf(tablet.page, 'noor').click();
  await tablet.page
    .locator('[data-test=message-text]')
    .filter({ hasText: `Missed ${MISSED}` })
    .waitFor();
  assert.equal(tablet.faults, []);
});

function number(text: string): number {
  return Number(/\d+$/.exec(text)?.[0] ?? 0);
}

function isInSight(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  const log = element.closest('[data-test=transcript]')!.getBoundingClientRect();
  return top >= log.top && bottom <= log.bottom;
}

test.run();

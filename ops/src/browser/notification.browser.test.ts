import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { launchChromium } from './launch-chromium.js';
import { person, signUp } from './sign-up.js';
import { titled } from './talk.js';
import { type WatchedPage, watchedPage } from './watched-page.js';

/** Who wrote, told while nobody looks; and that it can be installed. */
const test = suite('notifications');
let sotto: Sotto;
let browser: Browser;
let mara: WatchedPage;
let page: Page;
let noor: Person;
let say: (text: string) => Promise<unknown>;

/** A browser without windows never hides a page: it is told that it is. */
async function hide(): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
    document.dispatchEvent(new Event('visibilitychange'));
  `);
}

interface Shown {
  readonly title: string;
  readonly body: string;
  readonly data: { readonly path: string };
}

function notes(): Promise<Shown[]> {
  return page.evaluate(`navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) =>
    all.map(({ title, body, data }) => ({ title, body, data })))`);
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(['notifications'], { origin: sotto.origin });
  mara = await watchedPage(context);
  page = mara.page;
  await signUp(page, sotto, person('mara'));
  noor = await newFriend(sotto, 'noor');
  ({ say } = await writeTo(noor, 'mara', 'Hello Mara'));
  await titled(page, /^\(1\) Sotto/);
});
test.after(async () => {
  await noor?.remove();
  await browser?.close();
  await sotto?.remove();
});

test('U8: nothing is shown before it is switched on, nor while Sotto is in sight', async () => {
  assert.equal(await notes(), []);
  await page.locator('[data-test=settings]').click();
  const toggle = page.locator('[data-test=notifications]');
  assert.is(await toggle.getAttribute('aria-checked'), 'false');
  await toggle.click();
  await page.locator('[data-test=notifications][aria-checked=true]').waitFor();
  await say('in sight');
  await titled(page, /^\(2\) /);
  assert.equal(await notes(), []);
});

test('U8: out of sight a notification says who wrote and leads there, and never what', async () => {
  await hide();
  await say('the secret plan');
  await titled(page, /^\(3\) /);
  let shown = await notes();
  for (let turn = 0; turn < 50 && shown.length === 0; turn += 1) {
    await page.waitForTimeout(100);
    shown = await notes();
  }
  assert.is(shown.length, 1);
  assert.is(shown[0]!.title, 'New message from noor');
  assert.not.match(JSON.stringify(shown), 'secret');
  assert.match(shown[0]!.data.path, /^\/c\//);
  await say('and one more');
  await titled(page, /^\(4\) /);
  assert.is((await notes()).length, 1, 'one a conversation');
});

test('U5: the browser finds it installable, and every icon is there in its size', async () => {
  const devtools = await page.context().newCDPSession(page);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // A context of a test is private, which is the one thing that stands in the way.
  assert.equal(
    installabilityErrors.map(({ errorId }) => errorId),
    ['in-incognito'],
  );
  const { data, errors } = await devtools.send('Page.getAppManifest');
  assert.equal(errors, []);
  const { icons } = JSON.parse(data!) as { icons: { src: string; sizes: string }[] };
  for (const { src, sizes } of icons) {
    const [width] = (await page.evaluate(
      `(async () => { const image = new Image(); image.src = ${JSON.stringify(src)}; await image.decode();
        return [image.naturalWidth]; })()`,
    )) as number[];
    if (sizes === 'any') assert.ok(width);
    else assert.is(`${width}x${width}`, sizes, src);
  }
  assert.equal(mara.faults, []);
});

test.run();

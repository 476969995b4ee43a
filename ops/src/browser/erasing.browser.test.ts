import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { axeFaults } from './axe.js';
import { launchChromium } from './launch-chromium.js';
import { OwnDevices, row } from './own-devices.js';
import { person, signUp } from './sign-up.js';
import { composerReady, openConversationWith, sendText } from './talk.js';

/** Deleting an account, as who goes and who stays see it. `SHOTS=folder` keeps pictures. */
const test = suite('erasing');
const [mara, noor] = [person('mara'), person('noor')];
const devices = new OwnDevices();
let sotto: Sotto;
let browser: Browser;
let desk: Page;
let noorDesk: Page;

async function shoot(page: Page, name: string): Promise<void> {
  const { SHOTS } = process.env;
  if (!SHOTS) return;
  const size = page.viewportSize()!;
  for (const width of [360, 1440])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: width === 360 ? 780 : 900 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(SHOTS, `${name}-${width}-${colorScheme}.png`) });
    }
  await page.setViewportSize(size);
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  desk = await devices.open(browser);
  noorDesk = await devices.open(browser);
  await signUp(desk, sotto, mara);
  await signUp(noorDesk, sotto, noor);
  await openConversationWith(noorDesk, 'mara');
  await sendText(noorDesk, 'Keep this well');
  await row(desk, 'noor').click();
  await desk.locator('[data-test=accept]').click();
  await composerReady(desk);
  await sendText(desk, 'I will');
});
test.after(async () => {
  await browser?.close();
  await sotto?.remove();
});

test('O3 the account goes by its name typed and its password; the page that comes says how far it is', async () => {
  await desk.goto(`${sotto.origin}/settings`);
  await desk.locator('[data-test=erase]').click();
  await desk.locator('[data-test=confirm]').click();
  await desk.locator('[data-test=field-error]').waitFor();
  assert.equal(await axeFaults(desk), []);
  await shoot(desk, 'delete-account');
  await desk.locator('[data-test=typed]').fill('mara');
  await desk.locator('[data-test=password]').fill('not the password');
  await desk.locator('[data-test=confirm]').click();
  await desk.locator('[data-test=field-error]').waitFor();
  await desk.locator('[data-test=password]').fill(mara.password);
  await desk.locator('[data-test=confirm]').click();
  await desk.locator('[data-test=erased] li[data-done=true]').nth(7).waitFor();
  assert.match(desk.url(), /\/erased#[\w-]{22}$/);
  assert.equal(await axeFaults(desk), []);
  await shoot(desk, 'deleted-account');
  // The address tells it to whoever has it, in any browser.
  const elsewhere = await devices.open(browser, 360);
  await elsewhere.goto(desk.url());
  await elsewhere.locator('[data-test=erased] li[data-done=true]').nth(7).waitFor();
  await elsewhere.context().close();
  await desk.goto(`${sotto.origin}/sign-in`);
  await desk.locator('[data-test=login]').fill('mara');
  await desk.locator('[data-test=password]').fill(mara.password);
  await desk.locator('[data-test=submit]').click();
  await desk.locator('[data-test=form-error]').waitFor();
});

test('O3 who stays keeps what was said, and is told that nobody reads what would come', async () => {
  const told = noorDesk.locator('[data-test=not-a-member]');
  await told.waitFor();
  assert.match((await told.textContent())!, /mara deleted their account/);
  assert.is(await noorDesk.locator('[data-test=message-text]', { hasText: 'I will' }).count(), 1);
  assert.is(await noorDesk.locator('[data-test=held]').count(), 0);
  assert.equal(await axeFaults(noorDesk), []);
  await shoot(noorDesk, 'gone');
});

test.run();

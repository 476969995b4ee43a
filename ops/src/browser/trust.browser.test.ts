import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { axeFaults } from './axe.js';
import { type CameraBrowser, launchWithCamera } from './fake-camera.js';
import { launchChromium } from './launch-chromium.js';
import { signIn } from './sign-in.js';
import { person, signUp } from './sign-up.js';
import { composerReady, mark, openConversationWith, sendText, shownTexts } from './talk.js';
import { type WatchedPage, watchedPage } from './watched-page.js';

/** Two people with two devices each: who can read, what is on a new device, and safety numbers by eye and by camera. */
const test = suite('trust');
const mara = person('mara');
const noor = person('noor');
let sotto: Sotto;
let browser: Browser;
let camera: CameraBrowser;
const opened: WatchedPage[] = [];
let maraDesk: Page;
let maraPhone: Page;
let noorDesk: Page;
let noorPhone: Page;

async function device(from: Browser): Promise<Page> {
  const watched = await watchedPage(await from.newContext({ viewport: { width: 1000, height: 900 } }));
  opened.push(watched);
  return watched.page;
}

const row = (page: Page, username: string) =>
  page.locator(`[data-test=conversation-row][data-username=${username}]`);

/** From the open conversation to the safety number with the other. */
async function toSafetyNumber(page: Page): Promise<void> {
  await page.locator('[data-test=details]').click();
  await page.locator('[data-test=verify]').click();
  await page.locator('[data-test=safety-number]').waitFor();
}

const safetyNumber = (page: Page) => page.locator('[data-test=safety-number] li').allTextContents();

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  camera = await launchWithCamera();
  maraDesk = await device(camera.browser);
  noorDesk = await device(browser);
  await signUp(maraDesk, sotto, mara);
  await signUp(noorDesk, sotto, noor);
  await openConversationWith(maraDesk, 'noor');
  await sendText(maraDesk, 'Hello Noor');
  await row(noorDesk, 'mara').click();
  await noorDesk.locator('[data-test=accept]').click();
  await composerReady(noorDesk);
  await sendText(noorDesk, 'Hello Mara');
  await maraDesk.locator('[data-test=message-text]', { hasText: 'Hello Mara' }).waitFor();
});
test.after(async () => {
  await browser?.close();
  await camera?.close();
  await sotto?.remove();
});

test('U10: a device that signs in later has what was said before', async () => {
  noorPhone = await device(browser);
  await signIn(noorPhone, sotto, 'noor', noor.password);
  await row(noorPhone, 'mara').click();
  await noorPhone.locator('[data-test=message-text]', { hasText: 'Hello Mara' }).waitFor();
  assert.equal(await shownTexts(noorPhone), ['Hello Noor', 'Hello Mara']);
});

test('U14: the new device is said in the transcript, and marked until it was looked at', async () => {
  await sendText(noorPhone, 'Now from the phone');
  await maraDesk.locator('[data-test=message-text]', { hasText: 'Now from the phone' }).waitFor();
  const line = maraDesk.locator('[data-test=change][data-change=device-added]');
  await line.waitFor();
  assert.match((await line.textContent()) ?? '', /noor has a new device/);
  await line.getByText('Who can read this').click();
  await maraDesk.locator('[data-test=details-page]').waitFor();
  const noors = maraDesk.locator('[data-test=member][data-username=noor]');
  await noors.locator('[data-test=new-device]').waitFor();
  assert.is(await noors.locator('[data-test=device]').count(), 2);
  assert.is(await maraDesk.locator('[data-test=readers]').textContent(), 'Only you and noor, on 3 devices.');
  assert.equal(await axeFaults(maraDesk), []);
  await maraDesk.keyboard.press('Escape');
  await composerReady(maraDesk);
  await maraDesk.locator('[data-test=details]').click();
  await noors.waitFor();
  await noors.locator('[data-test=new-device]').waitFor({ state: 'detached' });
  await maraDesk.keyboard.press('Escape');
  await composerReady(maraDesk);
});

test('U14: both see the same twelve groups; a match is known on all own devices', async () => {
  maraPhone = await device(browser);
  await signIn(maraPhone, sotto, 'mara', mara.password);
  await row(maraPhone, 'noor').click();
  await composerReady(maraPhone);
  await toSafetyNumber(maraDesk);
  await toSafetyNumber(noorDesk);
  const groups = await safetyNumber(maraDesk);
  assert.is(groups.length, 12);
  for (const group of groups) assert.match(group, /^\d{5}$/);
  assert.equal(await safetyNumber(noorDesk), groups);
  assert.equal(await axeFaults(maraDesk), []);
  await noorDesk.locator('[data-test=match]').click();
  await noorDesk.locator('[data-test=verified]').waitFor();
  await noorDesk.locator('[data-test=to-conversation]').click();
  await noorDesk.locator('[data-test=subtitle][data-kind=verified]').waitFor();
  await noorPhone.locator('[data-test=subtitle][data-kind=verified]').waitFor();
});

test('U14: the camera reads the code of the other screen', async () => {
  await toSafetyNumber(noorPhone).catch(async () => {
    await noorPhone.locator('[data-test=see-number]').click();
    await noorPhone.locator('[data-test=safety-number]').waitFor();
  });
  await camera.show(noorPhone.locator('[data-test=qr-code]'));
  await maraDesk.locator('[data-test=scan]').click();
  await maraDesk.locator('[data-test=verified]').waitFor({ timeout: 30_000 });
  await maraPhone.locator('[data-test=subtitle][data-kind=verified]').waitFor();
});

test('U14: a code of somebody else does not match, and the mark can be taken back', async () => {
  await maraDesk.locator('[data-test=take-back]').click();
  await maraDesk.locator('[data-test=match]').waitFor();
  await maraDesk.locator('[data-test=scan]').click();
  await maraDesk.locator('[data-test=scan-picture]').setInputFiles({
    name: 'blank.png',
    mimeType: 'image/png',
    buffer: Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
      'base64',
    ),
  });
  await maraDesk.locator('[data-test=form-error]').waitFor();
});

test('U14: keys alone lead to the number and back', async () => {
  await maraPhone.locator('[data-test=details]').focus();
  await maraPhone.keyboard.press('Enter');
  await maraPhone.locator('[data-test=details-page]').waitFor();
  await maraPhone.keyboard.press('Escape');
  await composerReady(maraPhone);
  const focused = await maraPhone.evaluate(`(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element.dataset.test;
  })()`);
  assert.is(focused, 'details', 'the focus is where it was');
  await sendText(maraPhone, 'Thank you');
  await maraPhone
    .locator(`${mark('delivered')}, ${mark('read')}`)
    .last()
    .waitFor();
  for (const { faults } of opened) assert.equal(faults, []);
});

test.run();

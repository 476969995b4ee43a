import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readMailbox } from '../process/read-mailbox.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { axeFaults } from './axe.js';
import { launchChromium } from './launch-chromium.js';
import { OwnDevices, row, said } from './own-devices.js';
import { signIn } from './sign-in.js';
import { person, signUp } from './sign-up.js';
import { composerReady, openConversationWith, sendText } from './talk.js';

/** Passwords and recovery keys: changed, forgotten, and what each of them opens. Ends with starting over, as a contact sees it. */
const test = suite('account');
const mara = person('mara');
const noor = person('noor');
const CHANGED = 'another long secret of mara';
const AFTER_RESET = 'a third long secret of mara';
const AFTER_SECOND = 'a fourth long secret of mara';
const devices = new OwnDevices();
let sotto: Sotto;
let browser: Browser;
let desk: Page;
let noorDesk: Page;
let recoveryKey = '';

/** The newest link that was used. */
let used: string | undefined;

/** Asks for a mailed link, opens it and chooses a password. */
async function resetTo(page: Page, password: string): Promise<void> {
  await page.goto(`${sotto.origin}/sign-in`);
  await page.locator('[data-test=forgotten]').click();
  await page.locator('[data-test=email]').fill(mara.email);
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=look-in-mail]').waitFor();
  used = await readMailbox(sotto, mara.email, used);
  await page.goto(used);
  await page.locator('[data-test=password]').fill(password);
  await page.locator('[data-test=password-again]').fill(password);
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=reset-done]').waitFor();
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  desk = await devices.open(browser);
  noorDesk = await devices.open(browser);
  await signUp(desk, sotto, mara);
  await signUp(noorDesk, sotto, noor);
  used = await readMailbox(sotto, mara.email);
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

test('U9: the password is changed with the one of now; only the new one opens the account', async () => {
  await desk.goto(`${sotto.origin}/settings`);
  await desk.locator('[data-test=password-link]').click();
  await desk.locator('[data-test=password-now]').fill('not the password');
  await desk.locator('[data-test=password]').fill(CHANGED);
  await desk.locator('[data-test=password-again]').fill(CHANGED);
  await desk.locator('[data-test=submit]').click();
  await desk.locator('[data-test=field-error]').waitFor();
  assert.equal(await axeFaults(desk), []);
  await desk.locator('[data-test=password-now]').fill(mara.password);
  await desk.locator('[data-test=submit]').click();
  await desk.locator('[data-test=done]').filter({ hasText: 'changed' }).waitFor();
  const phone = await devices.open(browser, 360);
  await signIn(phone, sotto, 'mara', mara.password);
  await phone.locator('[data-test=form-error]').waitFor();
  await signIn(phone, sotto, 'mara', CHANGED);
  await row(phone, 'noor').click();
  await said(phone, 'Keep this well').waitFor();
  await phone.context().close();
});

test('U9: a new recovery key is shown once', async () => {
  await desk.goto(`${sotto.origin}/settings/recovery-key`);
  await desk.locator('[data-test=password]').fill(CHANGED);
  assert.equal(await axeFaults(desk), []);
  await desk.locator('[data-test=submit]').click();
  const groups = desk.locator('[data-test=recovery-key] [data-group]');
  await groups.first().waitFor();
  recoveryKey = (await groups.allTextContents()).map((group) => group.trim()).join(' ');
  await desk.locator('[data-test=recovery-check]').fill(recoveryKey.split(' ')[2]!);
  await desk.locator('[data-test=submit]').click();
  await desk.locator('[data-test=conversations]').waitFor();
});

test('U9: a mailed link brings the sign-in back and not the messages; the recovery key does, however it is typed', async () => {
  const phone = await devices.open(browser, 360);
  await resetTo(phone, AFTER_RESET);
  assert.equal(await axeFaults(phone), []);
  await signIn(phone, sotto, 'mara', AFTER_RESET);
  await phone.locator('[data-test=locked-vault]').waitFor();
  assert.equal(await axeFaults(phone), []);
  await phone.locator('[data-test=recovery-key]').fill(recoveryKey.slice(0, 30));
  await phone.locator('[data-test=submit]').click();
  await phone.locator('[data-test=field-error]').waitFor();
  await phone.locator('[data-test=recovery-key]').fill('A'.repeat(48));
  await phone.locator('[data-test=submit]').click();
  await phone.locator('[data-test=field-error]').filter({ hasText: 'does not open' }).waitFor();
  await phone
    .locator('[data-test=recovery-key]')
    .fill(recoveryKey.toLowerCase().replaceAll('0', 'o').replaceAll(' ', ' - '));
  await phone.locator('[data-test=submit]').click();
  await row(phone, 'noor').click();
  await said(phone, 'Keep this well').waitFor();
  await phone.context().close();
});

test('U9: the same link a second time is refused in words', async () => {
  const phone = await devices.open(browser, 360);
  await phone.goto(used!);
  await phone.locator('[data-test=forbidden][data-reason=used]').waitFor();
  assert.equal(await axeFaults(phone), []);
  await phone.context().close();
});

test('U9, U14: starting over says what goes; a contact is held until they decide', async () => {
  const phone = await devices.open(browser);
  await resetTo(phone, AFTER_SECOND);
  await signIn(phone, sotto, 'mara', AFTER_SECOND);
  await phone.locator('[data-test=no-key]').click();
  await phone.locator('[data-test=start-over]').waitFor();
  assert.equal(await axeFaults(phone), []);
  await phone.locator('[data-test=understood]').check();
  await phone.locator('[data-test=submit]').click();
  await phone.locator('[data-test=recovery-key]').waitFor();
  await phone.locator('[data-test=recovery-later]').click();
  await phone.locator('[data-test=conversations]').waitFor();

  await sendText(noorDesk, 'Is it still you?').catch(() => undefined);
  await noorDesk.locator('[data-test=held]').waitFor();
  assert.match(
    (await noorDesk.locator('[data-test=held]').textContent()) ?? '',
    /mara’s account key changed today at/,
  );
  assert.equal(await axeFaults(noorDesk), []);
  await noorDesk.locator('[data-test=compare]').click();
  await noorDesk.locator('[data-test=safety-number]').waitFor();
  assert.is(await noorDesk.locator('[data-test=verify-page]').getAttribute('data-identity'), 'changed');
  await noorDesk.keyboard.press('Escape');
  await noorDesk.locator('[data-test=go-on]').click();
  await composerReady(noorDesk);
  await sendText(noorDesk, 'Welcome back');
  await row(phone, 'noor').waitFor();
  assert.equal(devices.faults, []);
});

test.run();

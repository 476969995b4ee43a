import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountOf } from '../people/account.js';
import { newFriend, writeTo } from '../people/friend.js';
import { isMessage, type Person } from '../people/person.js';
import { readMailbox } from '../process/read-mailbox.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { axeFaults } from './axe.js';
import { launchChromium } from './launch-chromium.js';
import { OwnDevices, row, said } from './own-devices.js';
import { signIn } from './sign-in.js';
import { person, signUp } from './sign-up.js';
import { composerReady, sendText } from './talk.js';

/** The password is forgotten and the recovery key lost; a browser that is signed in brings the messages back. */
const test = suite('renewed');
const mara = person('mara');
const AFTER_RESET = 'a new long secret of mara';
const devices = new OwnDevices();
let sotto: Sotto;
let browser: Browser;
let desk: Page;
let phone: Page;
let noor: Person;

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  desk = await devices.open(browser);
  phone = await devices.open(browser, 360);
  await signUp(desk, sotto, mara);
  noor = await newFriend(sotto, 'noor');
  await writeTo(noor, 'mara', 'Long before the reset');
  await row(desk, 'noor').click();
  await desk.locator('[data-test=accept]').click();
  await composerReady(desk);
  await sendText(desk, 'From the desk');
});
test.after(async () => {
  await noor?.remove();
  await browser?.close();
  await sotto?.remove();
});

test('U3: after a reset by mail the messages are locked; the page says how another device opens them', async () => {
  const used = await readMailbox(sotto, mara.email);
  await phone.goto(`${sotto.origin}/forgotten`);
  await phone.locator('[data-test=email]').fill(mara.email);
  await phone.locator('[data-test=submit]').click();
  await phone.locator('[data-test=look-in-mail]').waitFor();
  await phone.goto(await readMailbox(sotto, mara.email, used));
  await phone.locator('[data-test=password]').fill(AFTER_RESET);
  await phone.locator('[data-test=password-again]').fill(AFTER_RESET);
  await phone.locator('[data-test=submit]').click();
  await phone.locator('[data-test=reset-done]').waitFor();
  await signIn(phone, sotto, 'mara', AFTER_RESET);
  await phone.locator('[data-test=locked-vault]').waitFor();
  assert.equal(await axeFaults(phone), []);
  await phone.locator('[data-test=use-device]').click();
  await phone.locator('[data-test=use-device-page]').waitFor();
  assert.equal(await axeFaults(phone), []);
  await phone.locator('[data-test=submit]').click();
  await phone.locator('[data-test=form-error]').filter({ hasText: 'locked still' }).waitFor();
});

test('U3: the device that is signed in asks for the new password, and for a word that it is one’s own', async () => {
  await desk.goto(`${sotto.origin}/settings/recovery-key`);
  await desk.locator('[data-test=password]').fill(AFTER_RESET);
  await desk.locator('[data-test=submit]').click();
  await desk.locator('[data-test=form-error]').filter({ hasText: 'Password reset by mail' }).waitFor();
  await desk.goto(`${sotto.origin}/settings`);
  await desk.locator('[data-test=renew-link]').click();
  await desk.locator('[data-test=renew-page]').waitFor();
  assert.equal(await axeFaults(desk), []);
  const submit = desk.locator('[data-test=submit]');
  assert.is(await submit.getAttribute('aria-disabled'), 'true');
  await desk.locator('[data-test=mine]').check();
  await desk.locator('[data-test=password]').fill(mara.password);
  await submit.click();
  await desk.locator('[data-test=field-error]').waitFor();
  await desk.locator('[data-test=password]').fill(AFTER_RESET);
  await submit.click();
  await desk.locator('[data-test=recovery-key] [data-group]').first().waitFor();
  await desk.locator('[data-test=recovery-later]').click();
  await row(desk, 'noor').click();
  await said(desk, 'From the desk').waitFor();
});

test('U3 U9: then the new password opens everything; a contact decides about the new key and goes on', async () => {
  await phone.locator('[data-test=submit]').click();
  await row(phone, 'noor').click();
  await said(phone, 'Long before the reset').waitFor();
  await said(phone, 'From the desk').waitFor();
  const [conversation] = await noor.conversations();
  await noor.untilTimeline(conversation!.id, ({ held }) => held !== null);
  await sendText(desk, 'It is still me');
  await noor.untilTimeline(conversation!.id, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === 'It is still me'),
  );
  const mine = conversation!.peer!.account;
  assert.is.not(mine, await accountOf(noor));
  await noor.engine.calls.acceptIdentity({ account: mine });
  await noor.engine.calls.send({ conversation: conversation!.id, text: 'Then all is well' });
  for (const page of [desk, phone]) await said(page, 'Then all is well').waitFor();
  await composerReady(phone);
  await sendText(phone, 'From the phone');
  await said(desk, 'From the phone').waitFor();
  assert.equal(devices.faults, []);
});

test.run();

import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { axeFaults } from './axe.js';
import { type CameraBrowser, launchWithCamera } from './fake-camera.js';
import { launchChromium } from './launch-chromium.js';
import { OwnDevices, row, said } from './own-devices.js';
import { signIn } from './sign-in.js';
import { person, signUp } from './sign-up.js';
import { composerReady, sendText } from './talk.js';

/** Linking a device by its code, naming it, and taking its access away, as the person with both in their hands sees it. */
const test = suite('devices');
const mara = person('mara');
const devices = new OwnDevices();
let sotto: Sotto;
let browser: Browser;
let camera: CameraBrowser;
let desk: Page;
let phone: Page;
let noor: Person;

const ownDevice = (name: string) => desk.locator(`[data-test=own-device][data-name="${name}"]`);

async function toDevices(): Promise<void> {
  await desk.goto(`${sotto.origin}/settings/devices`);
  await desk.locator('[data-test=own-device]').first().waitFor();
}

async function confirmWith(password: string): Promise<void> {
  await desk.locator('dialog [data-test=password]').fill(password);
  await desk.locator('[data-test=confirm]').click();
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  camera = await launchWithCamera();
  desk = await devices.open(camera.browser);
  await signUp(desk, sotto, mara);
  noor = await newFriend(sotto, 'noor');
  await writeTo(noor, 'mara', 'Before the phone was there');
  await row(desk, 'noor').click();
  await desk.locator('[data-test=accept]').click();
  await composerReady(desk);
  await sendText(desk, 'Hello Noor');
});
test.after(async () => {
  await noor?.remove();
  await browser?.close();
  await camera?.close();
  await sotto?.remove();
});

test('U10: a new device shows a code, the camera of another reads it, the password links it', async () => {
  phone = await devices.open(browser, 360);
  await phone.goto(`${sotto.origin}/sign-in`);
  await phone.locator('[data-test=link]').click();
  await phone.locator('[data-test=link-code]').waitFor();
  assert.equal(await axeFaults(phone), []);
  await toDevices();
  assert.is(await desk.locator('[data-test=own-device]').count(), 1);
  await desk.locator('[data-test=link-device]').click();
  await camera.show(phone.locator('[data-test=qr-code]'));
  await desk.locator('[data-test=link-name]').waitFor({ timeout: 30_000 });
  assert.match((await desk.locator('[data-test=link-name]').textContent()) ?? '', /Chrome on Linux/);
  assert.equal(await axeFaults(desk), []);
  await desk.locator('[data-test=password]').fill('not the password');
  await desk.locator('[data-test=submit]').click();
  await desk.locator('[data-test=field-error]').waitFor();
  await desk.locator('[data-test=password]').fill(mara.password);
  await desk.locator('[data-test=submit]').click();
  await desk.locator('[data-test=done]').filter({ hasText: 'is linked' }).waitFor();
  await phone.locator('[data-test=conversations]').waitFor();
  await row(phone, 'noor').click();
  await said(phone, 'Before the phone was there').waitFor();
  await said(phone, 'Hello Noor').waitFor();
});

test('U10: both are on the list, this one marked; a name is changed with the password', async () => {
  assert.is(await desk.locator('[data-test=own-device]').count(), 2);
  assert.is(await desk.locator('[data-test=current]').count(), 1);
  const other = desk
    .locator('[data-test=own-device]')
    .filter({ hasNot: desk.locator('[data-test=current]') });
  await other.locator('[data-test=rename-device]').click();
  await desk.locator('dialog [data-test=device-name]').fill('Pocket');
  await confirmWith('not the password');
  await desk.locator('dialog [data-test=field-error]').waitFor();
  await confirmWith(mara.password);
  await ownDevice('Pocket').waitFor();
  assert.equal(await axeFaults(desk), []);
});

test('U10: what was linked here is not told of; what was linked elsewhere is, until somebody looked', async () => {
  assert.is(await desk.locator('[data-test=new-device]').count(), 0, 'linked by this desk');
  await desk.goto(sotto.origin);
  const stranger = await devices.open(browser);
  await signIn(stranger, sotto, 'mara', mara.password);
  await row(stranger, 'noor').waitFor();
  for (const own of [desk, phone])
    await own
      .locator('[data-test=new-device-banner]')
      .filter({ hasText: 'A device was linked to your account: Chrome on Linux.' })
      .waitFor();
  assert.is(await stranger.locator('[data-test=new-device-banner]').count(), 0);
  assert.equal(await axeFaults(desk), []);
  await desk.locator('[data-test=to-devices]').click();
  await desk.locator('[data-test=not-you]').waitFor();
  assert.is(await desk.locator('[data-test=new-device]').count(), 1);
  assert.equal(await axeFaults(desk), []);
  await desk.locator('[data-test=new-device-banner]').waitFor({ state: 'detached' });
  await desk.reload();
  await ownDevice('Pocket').waitFor();
  assert.is(await desk.locator('[data-test=new-device]').count(), 0);
  const remove = desk
    .locator('[data-test=own-device]')
    .filter({ hasNot: desk.locator('[data-test=current]') })
    .filter({ hasNotText: 'Pocket' });
  await remove.locator('[data-test=remove-device]').click();
  await confirmWith(mara.password);
  await stranger.locator('[data-test=session-ended][data-removed=true]').waitFor();
  await remove.waitFor({ state: 'detached' });
  await stranger.context().close();
  await phone.locator('[data-test=new-device-banner]').waitFor({ state: 'detached' });
});

test('U10: a text that is no code is refused in words', async () => {
  await desk.locator('[data-test=link-device]').click();
  await desk.locator('[data-test=code]').fill('no code at all');
  await desk.locator('[data-test=use-code]').click();
  await desk.locator('[data-test=form-error]').waitFor();
  await desk.keyboard.press('Escape');
  await ownDevice('Pocket').waitFor();
});

test('U10: a removed device is signed out at once, and those one writes with see that it went', async () => {
  await sendText(phone, 'From the phone');
  await ownDevice('Pocket').locator('[data-test=remove-device]').click();
  assert.match(
    (await desk.locator('dialog').textContent()) ?? '',
    /ends its access at once and changes your keys/,
  );
  assert.equal(await axeFaults(desk), []);
  await confirmWith(mara.password);
  await ownDevice('Pocket').waitFor({ state: 'detached' });
  await phone.locator('[data-test=session-ended][data-removed=true]').waitFor();
  await row(desk, 'noor').click();
  await sendText(desk, 'Only from the desk now');
  const { id } = (await noor.conversations())[0]!;
  await noor.untilTimeline(id, ({ items }) =>
    items.some((item) => item.kind === 'message' && item.text === 'Only from the desk now'),
  );
  await noor.untilTimeline(id, ({ items }) =>
    items.some((item) => item.kind === 'change' && item.change.type === 'device-removed'),
  );
  assert.equal(devices.faults, []);
});

test('U11: the only device is removed and stays listed; signing in again brings everything back', async () => {
  await toDevices();
  await ownDevice('Chrome on Linux').locator('[data-test=remove-device]').click();
  await desk.locator('[data-test=removal-consequence]').filter({ hasText: 'your only device' }).waitFor();
  assert.is(await desk.locator('[data-test=off-list]').count(), 0);
  assert.equal(await axeFaults(desk), []);
  await desk.locator('[data-test=confirm]').click();
  await desk.locator('[data-test=login]').waitFor();
  await signIn(desk, sotto, 'mara', mara.password);
  await row(desk, 'noor').click();
  await said(desk, 'Only from the desk now').waitFor();
});

test('U11: a device that is not the only one leaves the list with the password; nothing of it stays', async () => {
  await toDevices();
  await desk.locator('[data-test=own-device]').nth(1).waitFor();
  const own = desk.locator('[data-test=own-device]').filter({ has: desk.locator('[data-test=current]') });
  await own.locator('[data-test=remove-device]').click();
  await desk.locator('[data-test=removal-consequence]').filter({ hasText: 'your keys change' }).waitFor();
  assert.equal(await axeFaults(desk), []);
  await confirmWith('not the password');
  await desk.locator('dialog [data-test=field-error]').waitFor();
  assert.is(await desk.locator('[data-test=own-device]').count(), 2, 'nothing is gone');
  await desk.locator('[data-test=cancel]').click();
  const other = await devices.open(browser, 360);
  await signIn(other, sotto, 'mara', mara.password);
  await row(other, 'noor').click();
  await said(other, 'Only from the desk now').waitFor();
  // It was linked while somebody looked at the list.
  await ownDevice('Chrome on Linux').locator('[data-test=new-device]').waitFor();
  await desk.locator('[data-test=not-you]').waitFor();
  await own.locator('[data-test=remove-device]').click();
  await confirmWith(mara.password);
  await desk.locator('[data-test=login]').waitFor();
  const left = await desk.evaluate('indexedDB.databases().then((all) => all.map(({ name }) => name))');
  assert.equal(left, []);
  const { id } = (await noor.conversations())[0]!;
  await noor.untilDetails(id, ({ members }) => members.some(({ devices: theirs }) => theirs.length === 2));
  await sendText(other, 'From where I am left');
  await noor.untilTimeline(id, ({ items }) =>
    items.some((item) => item.kind === 'message' && item.text === 'From where I am left'),
  );
  assert.equal(devices.faults, []);
});

test.run();

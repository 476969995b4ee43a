import type { Browser, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { axeFaults } from './axe.js';
import { launchChromium } from './launch-chromium.js';
import { OwnDevices, row, said, told } from './own-devices.js';
import { signIn } from './sign-in.js';
import { person, signUp } from './sign-up.js';
import { composerReady, sendText, shownTexts } from './talk.js';

/** A group of five, two of them with two devices: what each sees when it is made, changed, and left. */
const test = suite('groups');
const GROUP = 'Harbour workshop';
const NAMES = ['mara', 'noor', 'teo', 'ilse', 'samir'] as const;
type Name = (typeof NAMES)[number];
const devices = new OwnDevices();
let sotto: Sotto;
let browser: Browser;
const desk = {} as Record<Name, Page>;
let maraPhone: Page;
let noorPhone: Page;

async function openGroup(page: Page, name = GROUP): Promise<void> {
  await row(page, name).click();
  await page.locator('[data-test=conversation]').waitFor();
}

/** Accepts being in the group. */
async function join(page: Page, by: string): Promise<void> {
  await row(page, GROUP)
    .filter({ hasText: `${by} added you` })
    .waitFor();
  await openGroup(page);
  await page.locator('[data-test=request]').getByText(`${by} added you to “${GROUP}”`).waitFor();
  await page.locator('[data-test=accept]').click();
  await composerReady(page);
}

async function openDetails(page: Page): Promise<void> {
  await page.locator('[data-test=details]').click();
  await page.locator('[data-test=member]').first().waitFor();
}

async function closeDetails(page: Page): Promise<void> {
  // Escape belongs to a dialog as long as one is there.
  await page.locator('dialog').first().waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  await page.locator('[data-test=details-page]').waitFor({ state: 'detached' });
}

const member = (page: Page, name: string) => page.locator(`[data-test=member][data-username=${name}]`);

async function addByName(page: Page, name: string): Promise<void> {
  await page.locator('[data-test=username]').fill(name);
  await page.keyboard.press('Enter');
  await page.locator(`[data-test=person][data-username=${name}] input:checked`).waitFor();
}

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
  for (const name of NAMES) {
    desk[name] = await devices.open(browser);
    await signUp(desk[name], sotto, person(name));
  }
  maraPhone = await devices.open(browser, 360);
  await signIn(maraPhone, sotto, 'mara', person('mara').password);
  await maraPhone.locator('[data-test=conversations]').waitFor();
  noorPhone = await devices.open(browser, 360);
  await signIn(noorPhone, sotto, 'noor', person('noor').password);
  await noorPhone.locator('[data-test=conversations]').waitFor();
});
test.after(async () => {
  await browser?.close();
  await sotto?.remove();
});

test('U11: a group is made of people by their exact names; each decides whether to be in it', async () => {
  const { mara, noor, teo } = desk;
  await mara.locator('[data-test=new-conversation]').click();
  await mara.locator('[data-test=new-group]').click();
  await mara.locator('[data-test=group-name]').fill(GROUP);
  await mara.locator('[data-test=username]').fill('nobody-of-this-name');
  await mara.locator('[data-test=add-person]').click();
  await mara.locator('[data-test=field-error]').waitFor();
  assert.equal(await axeFaults(mara), []);
  await addByName(mara, 'noor');
  await addByName(mara, 'teo');
  await mara.locator('[data-test=submit]').click();
  await composerReady(mara);
  await told(mara, `You began the group “${GROUP}”.`).waitFor();
  await sendText(mara, 'Who has the long ladder?');
  await join(noor, 'mara');
  await said(noor, 'Who has the long ladder?').waitFor();
  await join(teo, 'mara');
  await said(teo, 'Who has the long ladder?').waitFor();
});

test('U11: who says what is told apart, on all devices of each', async () => {
  const { mara, noor, teo } = desk;
  await sendText(noor, 'I do');
  await sendText(teo, 'And I have the rope');
  for (const page of [mara, maraPhone]) {
    if (page === maraPhone) await openGroup(page);
    await said(page, 'And I have the rope').waitFor();
    assert.equal(await page.locator('[data-test=author]').allTextContents(), ['noor', 'teo']);
  }
  await openGroup(noorPhone);
  await said(noorPhone, 'And I have the rope').waitFor();
  assert.equal((await shownTexts(noorPhone)).slice(-3), [
    'Who has the long ladder?',
    'I do',
    'And I have the rope',
  ]);
  await row(mara, GROUP)
    .filter({ hasText: /teo:\s*And I have the rope/ })
    .waitFor();
  assert.equal(await axeFaults(mara), []);
  assert.equal(await axeFaults(maraPhone), []);
});

test('U14: the details name who can read, and on how many devices', async () => {
  const { mara } = desk;
  await openDetails(mara);
  assert.is(await mara.locator('[data-test=member]').count(), 3);
  assert.match(
    (await mara.locator('[data-test=readers]').textContent()) ?? '',
    /^Only the 3 of you, on 5 devices\.$/,
  );
  await mara.locator('[data-test=all-devices]').click();
  assert.is(await mara.locator('[data-test=device]').count(), 5);
  assert.equal(await axeFaults(mara), []);
  await member(mara, 'teo').locator('[data-test=verify]').click();
  await mara.locator('[data-test=safety-number]').waitFor();
  await mara.locator('[data-test=match]').click();
  await mara.locator('[data-test=verified]').waitFor();
  await mara.keyboard.press('Escape');
  await member(mara, 'teo').locator('[data-test=identity][data-identity=verified]').waitFor();
});

test('U11: who joins later reads from then on; where the past is shared, all of it', async () => {
  const { mara, ilse, samir } = desk;
  await mara.locator('[data-test=add-people]').click();
  await addByName(mara, 'ilse');
  await mara.locator('[data-test=submit]').click();
  await member(mara, 'ilse').waitFor();
  await closeDetails(mara);
  await told(mara, 'You added ilse.').waitFor();
  await sendText(mara, 'Welcome, Ilse');
  await join(ilse, 'mara');
  await said(ilse, 'Welcome, Ilse').waitFor();
  assert.equal(await shownTexts(ilse), ['Welcome, Ilse']);

  await openDetails(mara);
  await mara.locator('[data-test=shares-past]').click();
  await mara.locator('[data-test=shares-past][aria-checked=true]').waitFor();
  await mara.locator('[data-test=add-people]').click();
  await addByName(mara, 'samir');
  await mara.locator('[data-test=submit]').click();
  await member(mara, 'samir').waitFor();
  await closeDetails(mara);
  await join(samir, 'mara');
  await said(samir, 'Who has the long ladder?').waitFor();
  await said(samir, 'Welcome, Ilse').waitFor();
});

test('U11: an admin makes another one and renames it; both are told to everybody', async () => {
  const { mara, noor, teo } = desk;
  await openDetails(mara);
  await member(mara, 'noor').locator('[data-test=member-more]').click();
  await member(mara, 'noor').locator('[data-test=change-role]').click();
  await member(mara, 'noor').locator('[data-test=admin]').waitFor();
  await mara.locator('[data-test=rename-group]').click();
  await mara.locator('dialog [data-test=group-name]').fill('Boat shed');
  await mara.locator('[data-test=confirm]').click();
  await closeDetails(mara);
  for (const page of [noor, teo]) {
    await row(page, 'Boat shed').waitFor();
    await told(page, 'mara renamed the group to “Boat shed”.').waitFor();
  }
  await told(noor, 'mara made you an admin.').waitFor();
});

test('U11: who is removed reads why, and nothing that follows', async () => {
  const { noor, teo, mara } = desk;
  await openDetails(noor);
  await member(noor, 'teo').locator('[data-test=member-more]').click();
  await member(noor, 'teo').locator('[data-test=remove-member]').click();
  assert.match((await noor.locator('dialog').textContent()) ?? '', /can’t read what is written from then on/);
  assert.equal(await axeFaults(noor), []);
  await noor.locator('[data-test=confirm]').click();
  await member(noor, 'teo').waitFor({ state: 'detached' });
  await closeDetails(noor);
  await teo.locator('[data-test=not-a-member]').getByText('noor removed you from this group').waitFor();
  await told(mara, 'noor removed teo.').waitFor();
  await sendText(mara, 'Only the four of us now');
  await said(desk.samir, 'Only the four of us now').waitFor();
  assert.is(await said(teo, 'Only the four of us now').count(), 0);
  assert.is(await teo.locator('[data-test=composer]').count(), 0);
  assert.equal(await axeFaults(teo), []);
});

test('U11: who leaves says goodbye to it, and the others go on', async () => {
  const { ilse, mara, samir } = desk;
  await openDetails(ilse);
  assert.is(await ilse.locator('[data-test=add-people]').count(), 0, 'a member without rights adds nobody');
  await ilse.locator('[data-test=leave-group]').click();
  await ilse.locator('[data-test=confirm]').click();
  await closeDetails(ilse);
  await ilse.locator('[data-test=not-a-member]').getByText('You left this group').waitFor();
  await told(mara, 'ilse left.').waitFor();
  await sendText(samir, 'Three of us');
  await said(mara, 'Three of us').waitFor();
  await said(maraPhone, 'Three of us').waitFor();
  await said(noorPhone, 'Three of us').waitFor();
  await openDetails(ilse);
  await ilse.locator('[data-test=hide-group]').click();
  assert.equal(await axeFaults(ilse), []);
  await ilse.locator('[data-test=confirm]').click();
  await row(ilse, GROUP).waitFor({ state: 'detached' });
  assert.equal(devices.faults, []);
});

test.run();

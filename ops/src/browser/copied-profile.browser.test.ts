import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newFriend, writeTo } from '../people/friend.js';
import type { Person } from '../people/person.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { axeFaults } from './axe.js';
import { launchPersistent } from './launch-chromium.js';
import { person, signUp } from './sign-up.js';
import { composerReady, mark, sendText } from './talk.js';

/** A browser profile that was copied: one of the two goes on, the other says so and is linked anew. */
const test = suite('copied profile');
const mara = person('mara');
const folder = mkdtempSync(join(tmpdir(), 'sotto-copied-'));
const contexts: BrowserContext[] = [];
let sotto: Sotto;
let noor: Person;
let first: Page;

async function open(profile: string): Promise<Page> {
  const context = await launchPersistent(join(folder, profile));
  contexts.push(context);
  const page = context.pages()[0] ?? (await context.newPage());
  await page.setViewportSize({ width: 1000, height: 800 });
  return page;
}

const row = (page: Page) => page.locator('[data-test=conversation-row][data-username=noor]');

test.before(async () => {
  sotto = await startSotto();
  const page = await open('first');
  await signUp(page, sotto, mara);
  noor = await newFriend(sotto, 'noor');
  await writeTo(noor, 'mara', 'Hello Mara');
  await row(page).click();
  await page.locator('[data-test=accept]').click();
  await composerReady(page);
  await sendText(page, 'Hello Noor');
  await page.locator(mark('delivered')).waitFor();
  await contexts.pop()!.close();
  for (const copy of ['copy', 'backup'])
    cpSync(join(folder, 'first'), join(folder, copy), { recursive: true });
});
test.after(async () => {
  for (const context of contexts) await context.close();
  await noor?.remove();
  await sotto?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('U10: the copy says that it stopped; the password makes it a device of its own, and what waited goes out', async () => {
  first = await open('first');
  await first.goto(sotto.origin);
  await row(first).click();
  await sendText(first, 'From the first');
  await first.locator(mark('delivered')).last().waitFor();
  const copy = await open('copy');
  await copy.goto(sotto.origin);
  await row(copy).click();
  await composerReady(copy);
  const stale = copy.locator('[data-test=connection-banner][data-kind=stale]');
  await stale.waitFor();
  await sendText(copy, 'Written while it waits');
  await copy.locator(mark('queued')).waitFor();
  assert.equal(await axeFaults(copy), []);
  await copy.locator('[data-test=to-link-anew]').click();
  await copy.locator('[data-test=password]').fill('not the password');
  await copy.locator('[data-test=submit]').click();
  await copy.locator('[data-test=field-error]').waitFor();
  assert.equal(await axeFaults(copy), []);
  await copy.locator('[data-test=password]').fill(mara.password);
  await copy.locator('[data-test=submit]').click();
  await stale.waitFor({ state: 'detached' });
  await row(copy).click();
  await copy.locator('[data-test=message-text]', { hasText: 'Hello Mara' }).waitFor();
  const { id } = (await noor.conversations())[0]!;
  await noor.untilTimeline(id, ({ items }) =>
    items.some((item) => item.kind === 'message' && item.text === 'Written while it waits'),
  );
  await sendText(first, 'And the first goes on');
  await copy.locator('[data-test=message-text]', { hasText: 'And the first goes on' }).waitFor();
});

test('U10: whoever says that the other copy is gone has it off the list, and signed out', async () => {
  const backup = await open('backup');
  await backup.goto(sotto.origin);
  await backup.locator('[data-test=to-link-anew]').click();
  await backup.locator('[data-test=replaces]').check();
  assert.equal(await axeFaults(backup), []);
  await backup.locator('[data-test=password]').fill(mara.password);
  await backup.locator('[data-test=submit]').click();
  await backup.locator('[data-test=connection-banner][data-kind=stale]').waitFor({ state: 'detached' });
  await first.locator('[data-test=session-ended][data-removed=true]').waitFor();
  await row(backup).click();
  await backup.locator('[data-test=message-text]', { hasText: 'And the first goes on' }).waitFor();
  await backup.goto(`${sotto.origin}/settings/devices`);
  await backup.locator('[data-test=own-device]').nth(1).waitFor();
  assert.is(
    await backup.locator('[data-test=own-device]').count(),
    2,
    'the other copy that was linked anew, and this',
  );
});

test.run();

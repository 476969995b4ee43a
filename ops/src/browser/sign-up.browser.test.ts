import type { Browser, BrowserContext, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readMailbox } from '../process/read-mailbox.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { launchChromium } from './launch-chromium.js';
import { signIn } from './sign-in.js';
import { askForAccount, chooseCredentials, person, signUp } from './sign-up.js';

const test = suite('sign-up');
let sotto: Sotto;
let browser: Browser;
const contexts: BrowserContext[] = [];

test.before(async () => {
  sotto = await startSotto();
  browser = await launchChromium();
});
test.after.each(async () => {
  for (const context of contexts.splice(0)) await context.close();
});
test.after(async () => {
  await browser?.close();
  await sotto?.remove();
});

/** A page of a browser that was never here. */
async function freshPage(): Promise<Page> {
  const context = await browser.newContext();
  contexts.push(context);
  return context.newPage();
}

test('U1: a mailed link, a username and a password lead into the chat', async () => {
  const page = await freshPage();
  await signUp(page, sotto, person('alice'));
  assert.ok(await page.locator('[data-test=conversations]').isVisible());
});

test('U1: the browser asks before the recovery key is gone, and not once it was kept', async () => {
  const page = await freshPage();
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  const dina = person('dina');
  await askForAccount(page, sotto, dina.email);
  await page.goto(await readMailbox(sotto, dina.email));
  await chooseCredentials(page, dina);
  const key = page.locator('[data-test=recovery-key]');
  await page
    .locator('[data-test=recovery-check]')
    .fill((await key.locator('[data-group]').nth(2).textContent())!);
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=conversations]').waitFor();
  await page.reload();
  await page.locator('[data-test=conversations]').waitFor();
  assert.is(await page.locator('[data-test=notice]').count(), 0);
  assert.equal(asked, []);

  const other = await freshPage();
  other.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  const ines = person('ines');
  await askForAccount(other, sotto, ines.email);
  await other.goto(await readMailbox(sotto, ines.email));
  await chooseCredentials(other, ines);
  await other.locator('[data-test=recovery-key]').click();
  await other.reload();
  await other.getByText('The recovery key is no longer here').waitFor();
  assert.equal(asked, ['beforeunload']);
});

test('U1: a used link leads to a page that says so and offers a new one', async () => {
  const bob = person('bob');
  const page = await freshPage();
  await askForAccount(page, sotto, bob.email);
  const link = await readMailbox(sotto, bob.email);
  await page.goto(link);
  await chooseCredentials(page, bob);
  await page.locator('[data-test=recovery-later]').waitFor();

  const other = await freshPage();
  await other.goto(link);
  const forbidden = other.locator('[data-test=forbidden]');
  await forbidden.waitFor();
  assert.is(await forbidden.getAttribute('data-reason'), 'used');
  assert.ok(await other.locator('[data-test=new-link]').isVisible());
});

test('U1: a link that never was is told apart', async () => {
  const page = await freshPage();
  await page.goto(`${sotto.origin}/welcome#${'A'.repeat(43)}`);
  const forbidden = page.locator('[data-test=forbidden]');
  await forbidden.waitFor();
  assert.is(await forbidden.getAttribute('data-reason'), 'unknown');
});

test('U2: sign in by username or address; what was wrong is not said', async () => {
  const carol = person('carol');
  await signUp(await freshPage(), sotto, carol);
  const words: (string | null)[] = [];
  for (const [login, password] of [
    ['carol', 'not the secret of carol'],
    ['nobody-here', carol.password],
  ] as const) {
    const page = await freshPage();
    await signIn(page, sotto, login, password);
    const error = page.locator('[data-test=form-error]');
    await error.waitFor();
    words.push(await error.textContent());
  }
  assert.ok(words[0]);
  assert.is(words[0], words[1]);
  for (const login of ['carol', carol.email]) {
    const page = await freshPage();
    await signIn(page, sotto, login, carol.password);
    await page.locator('[data-test=conversations]').waitFor();
  }
});

test.run();

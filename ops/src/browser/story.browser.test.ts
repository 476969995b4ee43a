import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { launchPersistent } from './launch-chromium.js';
import { person, signUp } from './sign-up.js';
import {
  composerReady,
  countMessages,
  mark,
  openConversationWith,
  scrollToOldest,
  sendText,
  shownTexts,
} from './talk.js';

/**
 * The whole story of a first conversation, as two people live it: each in a browser profile of their own, with the real
 * server between them, killed in the middle.
 */
const test = suite('first conversation');
let sotto: Sotto;
const profiles = mkdtempSync(join(tmpdir(), 'sotto-profiles-'));
const contexts: BrowserContext[] = [];
const errors: string[] = [];

async function browserOf(name: string): Promise<Page> {
  const context = await launchPersistent(join(profiles, name));
  contexts.push(context);
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('pageerror', (error) => errors.push(`${name}: ${error.message}`));
  return page;
}

test.before(async () => {
  sotto = await startSotto();
});
test.after(async () => {
  for (const context of contexts) await context.close();
  await sotto?.remove();
  rmSync(profiles, { recursive: true, force: true });
});

test('U1 U2 U6 U7 U8: two people meet, the server dies, both write offline, one reloads, and both end with the same', async () => {
  const [mara, noor] = [person('mara'), person('noor')];
  const a = await browserOf('mara');
  const b = await browserOf('noor');
  await signUp(a, sotto, mara);
  await signUp(b, sotto, noor);

  // A stranger's first message is a request.
  await openConversationWith(a, 'noor');
  await sendText(a, 'Did the ferry times change again?');
  await b.locator('[data-test=conversation-row]').click();
  await b.locator('[data-test=accept]').click();
  await composerReady(b);
  await a.locator(mark('read')).waitFor();
  await sendText(b, '09:10 is right, I asked at the desk.\nThe site is still on the winter table.');
  await countMessages(a, 2);
  await b.locator(mark('read')).waitFor();

  // Offline works only once the service worker holds the app.
  for (const page of [a, b]) await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');

  await sotto.kill('SIGKILL');
  for (let index = 0; index < 3; index += 1) {
    await sendText(a, `mara offline ${index}`);
    await sendText(b, `noor offline ${index}`);
  }
  await a.locator('[data-test=connection-banner][data-kind=offline]').waitFor();

  // Mara reloads with no server there: she still reads and writes.
  await a.reload();
  await composerReady(a);
  await countMessages(a, 5);
  await sendText(a, 'mara after the reload');
  await countMessages(a, 6);
  assert.is((await a.locator(mark('queued')).count()) > 0, true);

  await sotto.restart();
  for (const page of [a, b]) {
    await page.evaluate("dispatchEvent(new Event('online'))");
    await countMessages(page, 9);
  }
  const [left, right] = [await shownTexts(a), await shownTexts(b)];
  assert.equal(left, right);
  assert.is(new Set(left).size, 9, 'none doubled');
  assert.ok(left.includes('09:10 is right, I asked at the desk.\nThe site is still on the winter table.'));
  await a.locator(mark('queued')).first().waitFor({ state: 'detached' });

  // And it goes on.
  await sendText(b, 'There you are.');
  await countMessages(a, 10);
  assert.equal(errors, []);
});

test('a second tab of the same browser reads and writes, and goes on when the first is closed', async () => {
  const [context] = contexts;
  const first = context!.pages()[0]!;
  const second = await context!.newPage();
  await second.goto(first.url());
  await composerReady(second);
  await sendText(second, 'from the second tab');
  await first.locator('[data-test=message-text]', { hasText: 'from the second tab' }).waitFor();
  await first.close();
  await sendText(second, 'and alone');
  await second
    .locator('[data-test=mark][data-mark=read], [data-test=mark][data-mark=delivered]')
    .last()
    .waitFor();
  const other = contexts[1]!.pages()[0]!;
  await other.locator('[data-test=message-text]', { hasText: 'and alone' }).waitFor();
  await scrollToOldest(second);
  assert.equal(errors, []);
});

test.run();

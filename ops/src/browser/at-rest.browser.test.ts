import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readMailbox } from '../process/read-mailbox.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import type { Needle } from '../scan/needle.js';
import { scanBytes, scanFolder } from '../scan/scan-folder.js';
import { launchPersistent } from './launch-chromium.js';
import { askForAccount, chooseCredentials, type Person, person } from './sign-up.js';
import { composerReady, countMessages, mark, openConversationWith, sendText } from './talk.js';

/**
 * What two people's browsers and the server keep on disk, looked through for what only the two may read. The profiles are
 * real, so is everything in them; ops/src/scan shows that the scan finds what lies in one.
 */
const test = suite('at rest, in browsers');
const profiles = mkdtempSync(join(tmpdir(), 'sotto-at-rest-'));
let sotto: Sotto;
const contexts: BrowserContext[] = [];

test.before(async () => {
  sotto = await startSotto();
});
test.after(async () => {
  for (const context of contexts) await context.close();
  await sotto?.remove();
  rmSync(profiles, { recursive: true, force: true });
});

const TEXTS = {
  message: 'the heron stands at a quarter to nine, as agreed',
  answer: 'then I bring the blue rope and both the lanterns',
  queued: 'written while nobody answered at the other end',
  draft: 'a sentence that was begun and never sent to anyone',
};

async function browserOf(name: string): Promise<Page> {
  const context = await launchPersistent(join(profiles, name));
  contexts.push(context);
  return context.pages()[0] ?? context.newPage();
}

/** Signs up and keeps the recovery key, as it is shown. */
async function signUpKeeping(page: Page, who: Person): Promise<string> {
  await askForAccount(page, sotto, who.email);
  await page.goto(await readMailbox(sotto, who.email));
  await chooseCredentials(page, who);
  const shown = page.locator('[data-test=recovery-key] [data-group]');
  await shown.nth(11).waitFor();
  const groups = await shown.allInnerTexts();
  assert.is(groups.length, 12);
  await page.locator('[data-test=recovery-check]').fill(groups[2]!);
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=conversations]').waitFor();
  return groups.map((group) => group.trim()).join('-');
}

test('U9: no message, draft, password or recovery key lies readable in the browsers, the server’s folder or its logs', async () => {
  const [mara, noor] = [person('mara'), person('noor')];
  const [a, b] = [await browserOf('mara'), await browserOf('noor')];
  const keys = [await signUpKeeping(a, mara), await signUpKeeping(b, noor)];
  await openConversationWith(a, 'noor');
  await sendText(a, TEXTS.message);
  await b.locator('[data-test=conversation-row]').click();
  await b.locator('[data-test=accept]').click();
  await composerReady(b);
  await sendText(b, TEXTS.answer);
  await countMessages(a, 2);
  await b.locator(mark('read')).first().waitFor();
  await a.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
  await sotto.kill('SIGKILL');
  await sendText(a, TEXTS.queued);
  const composer = a.locator('[data-test=composer]');
  await composer.pressSequentially(TEXTS.draft);
  // A pause as people make it before they reload: drafts are kept once typing rests.
  await a.waitForTimeout(1_000);
  await a.reload();
  await composerReady(a);
  for (let tries = 0; tries < 50 && (await composer.inputValue()) !== TEXTS.draft; tries += 1)
    await a.waitForTimeout(100);
  assert.is(await composer.inputValue(), TEXTS.draft, 'the draft was kept');
  await countMessages(a, 3);
  for (const context of contexts.splice(0)) await context.close();

  const needles: Needle[] = [
    ...Object.entries(TEXTS).map(([name, secret]) => ({ name, secret })),
    ...[mara, noor].map(({ username, password: secret }) => ({ name: `password of ${username}`, secret })),
    ...keys.flatMap((key, index) => [
      { name: `recovery key ${index}`, secret: key },
      { name: `recovery key ${index} without separators`, secret: key.replaceAll('-', '') },
      { name: `recovery key ${index} with spaces`, secret: key.replaceAll('-', ' ') },
    ]),
  ];
  const found = [
    ...(await scanFolder(sotto.data, needles)),
    ...scanBytes('output', Buffer.from(sotto.output()), needles),
    ...(await scanFolder(profiles, needles)),
  ];
  assert.equal(found, []);

  // The same scan of the same folders finds what may be there: who signed in here, and the address on the server.
  const allowed = [
    { name: 'username', secret: 'username' },
    { name: 'address', secret: mara.email },
  ];
  assert.ok((await scanFolder(profiles, allowed)).length > 0, 'the profiles were read');
  assert.ok((await scanFolder(sotto.data, [allowed[1]!])).length > 0, 'the data folder was read');
});

test.run();

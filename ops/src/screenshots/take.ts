import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../browser/launch-chromium.js';
import { row } from '../browser/own-devices.js';
import { signIn } from '../browser/sign-in.js';
import { askForAccount, chooseCredentials, person } from '../browser/sign-up.js';
import { composerReady, mark, sendText } from '../browser/talk.js';
import { readMailbox } from '../process/read-mailbox.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { GROUP, makeGroup } from './group.js';
import { type Scene, setScene } from './scene.js';
import { startOver } from './starting-over.js';

/** Takes docs/screenshots from a real Sotto: sign-up, list, conversations, groups and trust; phone and desktop, light and dark. */
const folder = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
const fonts = fileURLToPath(new URL('../../src/screenshots/fonts.conf', import.meta.url));
const SIZES = [
  { width: 360, height: 780 },
  { width: 1440, height: 900 },
] as const;
const SCHEMES = ['light', 'dark'] as const;
const MINUTE = 60_000;

const text = (page: Page, words: string) => page.locator('[data-test=message-text]', { hasText: words });

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: join(folder, `${name}-${page.viewportSize()!.width}-${colorScheme}.png`) });
  }
}

async function pageOf(browser: Browser, size: (typeof SIZES)[number]): Promise<Page> {
  const phone = size.width < 900;
  const context = await browser.newContext({
    viewport: size,
    hasTouch: phone,
    isMobile: phone,
    locale: 'en-GB',
    deviceScaleFactor: phone ? 2 : 1,
  });
  return context.newPage();
}

/** Signs Mara up as somebody who keeps her recovery key: nothing reminds her of it afterwards. */
async function signUpWithCare(page: Page, sotto: Sotto): Promise<void> {
  const mara = person('mara');
  await askForAccount(page, sotto, mara.email);
  await page.goto(await readMailbox(sotto, mara.email));
  await chooseCredentials(page, mara);
  const third = page.locator('[data-test=recovery-key] [data-group]').nth(2);
  await page.locator('[data-test=recovery-check]').fill((await third.textContent())!.trim());
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=conversations]').waitFor();
}

/** Accepts everybody who wrote; what they wrote is read by that. */
async function acceptAll(page: Page, scene: Scene): Promise<void> {
  for (const username of scene.friends.keys()) {
    await row(page, username).click();
    await page.locator('[data-test=accept]').click();
    await composerReady(page);
    await row(page, username).locator('[data-test=unread-count]').waitFor({ state: 'detached' });
  }
}

/** Begins a text to Ilse and leaves it. A draft stays on its device, so each begins its own. */
async function beginDraft(page: Page): Promise<void> {
  await row(page, 'ilse').click();
  await page.locator('[data-test=composer]').fill('About Saturday, I think we should');
  await page.locator('[data-test=back]').or(row(page, 'noor')).filter({ visible: true }).first().click();
  await row(page, 'ilse').filter({ hasText: 'Draft:' }).waitFor({ state: 'attached' });
}

/** Mara's conversation with Noor, as it goes on while she looks and while she is elsewhere. */
async function talk(page: Page, scene: Scene): Promise<void> {
  const noor = scene.friends.get('noor')!;
  await row(page, 'noor').click();
  await text(page, 'Did the ferry times').waitFor();
  noor.behind(14 * MINUTE);
  await noor.say('🌊👌');
  await text(page, '🌊👌').waitFor();
  await sendText(page, '09:10 is right, I asked at the desk. The site is still on the winter table.');
  await sendText(page, 'I’m on a train until 14:00 and will answer properly then.');
  await page.locator(mark('delivered')).first().waitFor();
  const [open] = await noor.person.conversations();
  const shown = await noor.person.untilTimeline(open!.id, ({ items }) => items.length >= 4);
  await noor.person.engine.calls.markRead({
    conversation: open!.id,
    event: shown.items.at(-1)!.id as never,
  });
  await page.locator(mark('read')).first().waitFor();
  noor.behind(0);
  await beginDraft(page);
  await page.locator('[data-test=new-conversation]').click();
  await noor.say('صباح الخير! هل نلتقي عند الميناء بعد العمل؟');
  await noor.say('Meet at 15:30, then the early ferry.');
  await row(page, 'noor').locator('[data-test=unread-count]', { hasText: '2' }).waitFor();
  await row(page, 'noor').click();
  await page.locator('[data-test=unread-line]').waitFor();
  await sendText(page, 'Perfect. I’ll bring the keys and the long rope.');
  await page.locator(mark('delivered')).waitFor();
}

/** What Teo says while she is in another conversation stays unread. */
async function leaveUnread(scene: Scene): Promise<void> {
  const teo = scene.friends.get('teo')!;
  teo.behind(33 * MINUTE);
  await teo.say('And in winter only by appointment');
  await teo.say('That was it. Thank you');
}

async function understand(page: Page): Promise<void> {
  await page.locator('[data-test=notice][data-kind=storage] button').click();
}

/** Groups, who can read, safety numbers, devices, and a key that changed: on both. */
async function groupAndTrust(
  browser: Browser,
  sotto: Sotto,
  scene: Scene,
  pages: readonly [desk: Page, phone: Page],
): Promise<void> {
  const [desk, phone] = pages;
  await makeGroup(desk, scene);
  await phone.goto(sotto.origin);
  await row(phone, GROUP).click();
  await text(phone, 'I have a car').waitFor();
  await shoot(phone, 'group');
  await phone.locator('[data-test=details]').click();
  await phone.locator('[data-test=member][data-username=teo] [data-test=member-more]').click();
  await shoot(phone, 'details');
  await desk.locator('[data-test=readers]').first().waitFor();
  await shoot(desk, 'group');
  for (const page of pages) {
    await page.goto(sotto.origin);
    await row(page, 'noor').click();
    await page.locator('[data-test=details]').click();
    await page.locator('[data-test=verify]').click();
    await page.locator('[data-test=safety-number]').waitFor();
    await shoot(page, 'safety-number');
    await page.goto(`${sotto.origin}/settings/devices`);
    await page.locator('[data-test=own-device]').first().waitFor();
    await shoot(page, 'devices');
  }
  for (const size of SIZES) {
    const waiting = await pageOf(browser, size);
    await waiting.goto(`${sotto.origin}/link`);
    await waiting.locator('[data-test=qr-code]').waitFor();
    await shoot(waiting, 'link');
    await waiting.context().close();
  }
  const anew = await startOver(sotto, 'noor');
  try {
    for (const page of pages) {
      await page.goto(sotto.origin);
      await row(page, 'noor').click();
      await page.locator('[data-test=held]').waitFor();
      await shoot(page, 'key-changed');
    }
  } finally {
    await anew.remove();
  }
}

async function take(browser: Browser, sotto: Sotto): Promise<void> {
  const desk = await pageOf(browser, SIZES[1]);
  const phone = await pageOf(browser, SIZES[0]);
  for (const page of [phone, desk]) {
    await page.goto(`${sotto.origin}/sign-up`);
    await page.locator('[data-test=email]').fill('mara@example.org');
    await shoot(page, 'sign-up');
  }
  await signUpWithCare(desk, sotto);
  await signIn(phone, sotto, 'mara', person('mara').password);
  await phone.locator('[data-test=conversations]').waitFor();
  await desk.locator('[data-test=new-device-banner]').waitFor();
  await shoot(desk, 'new-device');
  await desk.locator('[data-test=to-devices]').click();
  await desk.locator('[data-test=not-you]').waitFor();
  await desk.goto(sotto.origin);
  const scene = await setScene(sotto, 'mara');
  try {
    await row(desk, 'noor').waitFor();
    await understand(desk);
    await understand(phone);
    await acceptAll(desk, scene);
    await talk(desk, scene);
    await leaveUnread(scene);
    await row(desk, 'teo').locator('[data-test=unread-count]', { hasText: '2' }).waitFor();
    await shoot(desk, 'conversation');
    await beginDraft(phone);
    await row(phone, 'noor').filter({ hasText: 'Perfect.' }).waitFor();
    await row(phone, 'teo').locator('[data-test=unread-count]', { hasText: '2' }).waitFor();
    await shoot(phone, 'list');
    await row(phone, 'noor').click();
    await text(phone, 'Perfect.').waitFor();
    await shoot(phone, 'conversation');
    await desk.goto(sotto.origin);
    await row(desk, 'teo').waitFor();
    await shoot(desk, 'list');
    await groupAndTrust(browser, sotto, scene, [desk, phone]);
  } finally {
    await scene.remove();
  }
}

mkdirSync(folder, { recursive: true });
process.env.FONTCONFIG_FILE ??= fonts;
const sotto = await startSotto();
const browser = await launchChromium();
try {
  await take(browser, sotto);
} finally {
  await browser.close();
  await sotto.remove();
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../browser/launch-chromium.js';
import { signIn } from '../browser/sign-in.js';
import { person, signUp } from '../browser/sign-up.js';
import { composerReady, mark, sendText } from '../browser/talk.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import { type Scene, setScene } from './scene.js';

/** Takes docs/screenshots from a real Sotto: sign-up, list and conversation, phone and desktop, light and dark. */
const folder = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
const SIZES = [
  { width: 360, height: 780 },
  { width: 1440, height: 900 },
] as const;
const SCHEMES = ['light', 'dark'] as const;

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: join(folder, `${name}-${page.viewportSize()!.width}-${colorScheme}.png`) });
  }
}

async function pageOf(browser: Browser, size: (typeof SIZES)[number]): Promise<Page> {
  const phone = size.width < 900;
  const context = await browser.newContext({ viewport: size, hasTouch: phone, isMobile: phone });
  return context.newPage();
}

/** Mara's conversation with Noor, as it goes on while she looks. */
async function talk(page: Page, scene: Scene): Promise<void> {
  const noor = scene.friends.get('noor')!;
  await page.locator('[data-test=conversation-row][data-username=noor]').click();
  const [open] = await noor.conversations();
  const say = (text: string) => noor.engine.calls.send({ conversation: open!.id, text });
  await page.locator('[data-test=accept]').click();
  await composerReady(page);
  await say('🌊👌');
  await sendText(page, '09:10 is right, I asked at the desk. The site is still on the winter table.');
  await sendText(page, 'I’m on a train until 14:00 and will answer properly then.');
  await page.locator(mark('delivered')).first().waitFor();
  const shown = await noor.untilTimeline(open!.id, ({ items }) => items.length >= 4);
  await noor.engine.calls.markRead({ conversation: open!.id, event: shown.items.at(-1)!.id as never });
  await page.locator(mark('read')).first().waitFor();
  await say('صباح الخير! هل نلتقي عند الميناء بعد العمل؟');
  await say('Meet at 15:30, then the early ferry.');
  await page.locator('[data-test=message-text]', { hasText: 'Meet at 15:30' }).waitFor();
  await sendText(page, 'Perfect. I’ll bring the keys and the long rope.');
}

async function take(browser: Browser, sotto: Sotto): Promise<void> {
  const mara = person('mara');
  const desk = await pageOf(browser, SIZES[1]);
  const phone = await pageOf(browser, SIZES[0]);
  for (const page of [phone, desk]) {
    await page.goto(`${sotto.origin}/sign-up`);
    await page.locator('[data-test=email]').fill('mara@example.org');
    await shoot(page, 'sign-up');
  }
  await signUp(desk, sotto, mara);
  await signIn(phone, sotto, mara.username, mara.password);
  await phone.locator('[data-test=conversations]').waitFor();
  const scene = await setScene(sotto, mara.username);
  try {
    await desk.locator('[data-test=conversation-row]').nth(4).waitFor();
    await talk(desk, scene);
    await phone.locator('[data-test=message-text], [data-test=conversation-row]').nth(4).waitFor();
    await shoot(desk, 'conversation');
    await phone.waitForTimeout(500);
    await shoot(phone, 'list');
    await phone.locator('[data-test=conversation-row][data-username=noor]').click();
    await phone.locator('[data-test=message]').last().waitFor();
    await shoot(phone, 'conversation');
    await desk.goto(sotto.origin);
    await desk.locator('[data-test=conversation-row]').nth(4).waitFor();
    await shoot(desk, 'list');
  } finally {
    await scene.remove();
  }
}

mkdirSync(folder, { recursive: true });
const sotto = await startSotto();
const browser = await launchChromium();
try {
  await take(browser, sotto);
} finally {
  await browser.close();
  await sotto.remove();
}

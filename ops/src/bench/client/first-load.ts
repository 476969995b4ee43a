import type { Browser, Page } from 'playwright-core';
import { signIn } from '../../browser/sign-in.js';
import type { Person } from '../../browser/sign-up.js';
import { mark, sendText } from '../../browser/talk.js';
import type { Sotto } from '../../process/start-sotto.js';
import { type CountingProxy, startCountingProxy, type Transfer } from './counting-proxy.js';

const SERVICE_WORKER = '/service-worker.js';
/** What is asked of the servers, as opposed to what the app is made of. */
const SERVERS = /^\/(api|sync|mailbox|healthz|readyz)(\/|$)/;

/** What a browser that was never here fetches until somebody has signed in and sent a message. */
export interface FirstLoad {
  /** All files of the app until then, whoever in the browser asked for them. */
  readonly initial: readonly Transfer[];
  /** Afterwards, once it is quiet: the service worker, and what it keeps for use offline. */
  readonly later: readonly Transfer[];
  /** Bytes of the servers' answers on the way. */
  readonly answerBytes: number;
}

/** Signs in, opens the conversation and sends; ends when the server has the message. */
async function signInAndSend(page: Page, sotto: Sotto, who: Person, to: string): Promise<void> {
  await signIn(page, sotto, who.username, who.password);
  await openConversationOf(page, to);
  await sendText(page, 'hello from a new device');
  await page
    .locator([mark('sent'), mark('delivered'), mark('read')].join(', '))
    .last()
    .waitFor();
}

/** By its row in the list. */
async function openConversationOf(page: Page, username: string): Promise<void> {
  await page.locator(`[data-test=conversation-row][data-username=${username}]`).click();
  await page.locator('[data-test=composer]').waitFor();
}

/** A browser without a window does not fetch the manifest, nor everywhere the icon; one with a window does. */
function fetchDecorations(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const links = document.querySelectorAll<HTMLLinkElement>('link[rel=icon][type*=svg], link[rel=manifest]');
    for (const { href } of links) await (await fetch(href)).arrayBuffer();
  });
}

async function throughProxy<T>(
  browser: Browser,
  visit: (page: Page, proxy: CountingProxy) => Promise<T>,
): Promise<T> {
  const proxy = await startCountingProxy();
  const context = await browser.newContext({ proxy: { server: proxy.server } });
  try {
    return await visit(await context.newPage(), proxy);
  } finally {
    await context.close();
    await proxy.close();
  }
}

function filesOf(transfers: readonly Transfer[]): Transfer[] {
  const files = transfers.filter(({ path, status }) => !SERVERS.test(path) && status !== 304);
  const failed = files.find(({ status }) => status !== 200);
  if (failed) throw new Error(`${failed.path} answered ${failed.status}`);
  return files;
}

/**
 * Measures the first load. Ends with an error should the service worker be fetched before the message is sent.
 * @param who has an account and an accepted conversation with `to`
 */
export async function measureFirstLoad(
  browser: Browser,
  sotto: Sotto,
  who: Person,
  to: string,
): Promise<FirstLoad> {
  return throughProxy(browser, async (page, { transfers }) => {
    await signInAndSend(page, sotto, who, to);
    await fetchDecorations(page);
    const before = [...transfers];
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    const after = filesOf(transfers.slice(before.length));
    if (!after.some(({ path }) => path === SERVICE_WORKER)) throw new Error('the service worker came early');
    return {
      initial: filesOf(before),
      later: after,
      answerBytes: before.filter(({ path }) => SERVERS.test(path)).reduce((sum, { bytes }) => sum + bytes, 0),
    };
  });
}

/** Sum of what was transferred, in kB of 1,000 bytes. */
export function kilobytes(transfers: readonly Transfer[]): number {
  return transfers.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000;
}

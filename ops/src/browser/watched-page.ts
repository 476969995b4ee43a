import type { BrowserContext, Page } from 'playwright-core';

/** What a browser says of a server that is not there; it is no fault of the page. */
const UNREACHABLE = /ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE|ERR_INTERNET_DISCONNECTED/;

/** A page, and everything in it that a developer would be ashamed of. */
export interface WatchedPage {
  readonly page: Page;
  /** Uncaught errors, console errors and warnings, violations of the content security policy. */
  readonly faults: readonly string[];
}

/** Opens a page that is watched from its first line of script on. */
export async function watchedPage(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    const { url } = message.location();
    const text = `${message.type()}: ${message.text()} ${url}`;
    if (['error', 'warning'].includes(message.type()) && !UNREACHABLE.test(text)) faults.push(text);
  });
  await page.addInitScript(
    `addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))`,
  );
  return { page, faults };
}

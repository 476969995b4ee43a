import type { Page } from 'playwright-core';
import type { Sotto } from '../process/start-sotto.js';

/**
 * Fills in the sign-in page and sends it; what follows is for the caller to wait for.
 * @param login username or e-mail address
 */
export async function signIn(page: Page, sotto: Sotto, login: string, password: string): Promise<void> {
  await page.goto(`${sotto.origin}/sign-in`);
  await page.locator('[data-test=login]').fill(login);
  await page.locator('[data-test=password]').fill(password);
  await page.locator('[data-test=submit]').click();
}

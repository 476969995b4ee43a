import type { Page } from 'playwright-core';
import { readMailbox } from '../process/read-mailbox.js';
import type { Sotto } from '../process/start-sotto.js';

export interface Person {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

/** A person by their username, with an address and a password of their own. */
export function person(username: string): Person {
  return { username, email: `${username}@example.org`, password: `the long secret of ${username}` };
}

/** Asks for an account and waits until the page says to look into the mail. */
export async function askForAccount(page: Page, sotto: Sotto, email: string): Promise<void> {
  await page.goto(`${sotto.origin}/sign-up`);
  await page.locator('[data-test=email]').fill(email);
  await page.locator('[data-test=submit]').click();
  await page.locator('[data-test=look-in-mail]').waitFor();
}

/** Fills in the page that the mailed link opens. */
export async function chooseCredentials(page: Page, { username, password }: Person): Promise<void> {
  await page.locator('[data-test=username]').fill(username);
  await page.locator('[data-test=password]').fill(password);
  await page.locator('[data-test=password-again]').fill(password);
  await page.locator('[data-test=submit]').click();
}

/** Signs a person up as people do: address, mailed link, username and password. Ends in the chat. */
export async function signUp(page: Page, sotto: Sotto, who: Person): Promise<void> {
  await askForAccount(page, sotto, who.email);
  await page.goto(await readMailbox(sotto, who.email));
  await chooseCredentials(page, who);
  await page.locator('[data-test=recovery-later]').click();
  await page.locator('[data-test=conversations]').waitFor();
}

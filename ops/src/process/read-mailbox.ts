import { setTimeout as wait } from 'node:timers/promises';
import type { Sotto } from './start-sotto.js';

const WAIT_MS = 20_000;

async function read(sotto: Sotto, path: string): Promise<string> {
  const answer = await fetch(new URL(path, sotto.origin));
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.text();
}

async function newestLink(sotto: Sotto, to: string): Promise<string | undefined> {
  const rows = (await read(sotto, '/mailbox')).split('<li>').slice(1);
  const mail = rows.find((row) => row.includes(`To ${to}<`));
  const path = mail && /href="(\/mailbox\/[^"]+)"/.exec(mail)?.[1];
  if (!path) return undefined;
  return /href="(https?:[^"]+#[^"]+)"/.exec(await read(sotto, path))?.[1]?.replaceAll('&amp;', '&');
}

/**
 * Waits for a mail to an address and gives the link in the newest one.
 * @param seen a link that was read before: waits for another
 * @throws Error when none comes
 */
export async function readMailbox(sotto: Sotto, to: string, seen?: string): Promise<string> {
  const until = Date.now() + WAIT_MS;
  while (Date.now() < until) {
    const link = await newestLink(sotto, to);
    if (link && link !== seen) return link;
    await wait(100);
  }
  throw new Error(`no mail with a link came to ${to}`);
}

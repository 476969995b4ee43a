import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMailEvent, type MailTemplate, randomId } from '@sotto/protocol';
import { type ClaimStore, mailKey, openLevelStores } from '@sotto/store';

/** Real stores in a folder of their own, which can be closed and opened again. */
export async function openClaims() {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-notifier-'));
  const clock = { now: Date.now() };
  const open = () => openLevelStores(folder, { now: () => clock.now });
  let stores = await open();
  return {
    clock,
    get claims(): ClaimStore {
      return stores.claims;
    },
    async restart() {
      await stores.close();
      stores = await open();
    },
    async close() {
      await stores.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Asks for a mail as the auth server does. @returns its id */
export async function askForMail(
  claims: ClaimStore,
  mail: { to: string; at: number; template?: MailTemplate; link?: string },
): Promise<string> {
  const { to, at, template = 'sign-up', link = 'http://localhost:8080/welcome#secret' } = mail;
  const key = mailKey(at, randomId());
  await claims.own(key, encodeMailEvent({ v: 1, to, template, link }));
  return key.slice('mail:'.length);
}

/** Waits until something holds, looking again and again. @throws after 10 s */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let times = 0; times < 1_000; times += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('never came to hold');
}

/** A logger that keeps what it is told. */
export function keepingLogger() {
  const lines: string[] = [];
  const keep = (fields: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { lines, info: keep, warn: keep, error: keep };
}

import type { Claim, ClaimStore } from '@sotto/store';
import { parseSessionEndedKey, SESSIONS_ENDED } from '@sotto/store';
import { linkUseName } from './accounts/names.js';
import type { Logger } from './logger.js';
import { refreshPrefix, sessionDeviceKey, sessionKey } from './records/keys.js';
import { linkRecord, refreshUseRecord, sessionRecord } from './records/record.js';
import { SESSION_MS } from './sessions/sessions.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** A link that ran out is still recognised for this long, milliseconds. */
const RECOGNISED_MS = 7 * DAY_MS;
/** An ended session is remembered for this long: far beyond the last access token, milliseconds. */
const ENDED_MS = DAY_MS;
const PAGE = 256;

async function* all(claims: ClaimStore, prefix: string): AsyncGenerator<Claim> {
  let after: string | undefined;
  for (;;) {
    const page = await claims.list({ prefix, limit: PAGE, ...(after === undefined ? {} : { after }) });
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < PAGE || after === undefined) return;
  }
}

async function removeAll(claims: ClaimStore, prefix: string): Promise<void> {
  for await (const { key } of all(claims, prefix)) await claims.remove(key);
}

async function sweepLinks(claims: ClaimStore, now: number): Promise<number> {
  let removed = 0;
  for await (const { key, body } of all(claims, 'link:')) {
    if (linkRecord.decode(body).expires + RECOGNISED_MS > now) continue;
    // The link first: without it, nobody asks for its use any more.
    await claims.remove(key);
    await removeAll(claims, linkUseName(key.slice('link:'.length)).key);
    removed += 1;
  }
  return removed;
}

async function removeSession(claims: ClaimStore, id: string): Promise<void> {
  await claims.remove(sessionKey(id));
  await claims.remove(sessionDeviceKey(id));
  await removeAll(claims, refreshPrefix(id));
}

async function lastUse(claims: ClaimStore, id: string): Promise<number> {
  const [claim] = await claims.list({ prefix: refreshPrefix(id), limit: 1, reverse: true });
  return claim ? refreshUseRecord.decode(claim.body).at : 0;
}

async function sweepSessions(claims: ClaimStore, now: number): Promise<number> {
  let removed = 0;
  for await (const { key, at } of all(claims, SESSIONS_ENDED)) {
    if (at + ENDED_MS > now) continue;
    await removeSession(claims, parseSessionEndedKey(key));
    await claims.remove(key);
    removed += 1;
  }
  for await (const { key, body } of all(claims, sessionKey(''))) {
    const id = key.slice(sessionKey('').length);
    const used = Math.max(sessionRecord.decode(body).created, await lastUse(claims, id));
    if (used + SESSION_MS > now) continue;
    await removeSession(claims, id);
    removed += 1;
  }
  return removed;
}

/** Removes what ran out: links, ended and lapsed sessions. @returns how many of each */
export async function sweep(claims: ClaimStore, now: number): Promise<{ links: number; sessions: number }> {
  return { links: await sweepLinks(claims, now), sessions: await sweepSessions(claims, now) };
}

const SWEEP_MS = 60 * 60 * 1_000;

/** Sweeps once an hour. @returns what stops it, once a sweep under way is done */
export function startSweeping(
  claims: ClaimStore,
  logger: Logger,
  now: () => number,
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = sweep(claims, now()).then(
      (removed) => logger.info(removed, 'swept'),
      (error: unknown) => logger.error({ err: error }, 'sweep failed'),
    );
  }, SWEEP_MS);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return running;
    },
  };
}

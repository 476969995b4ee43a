import type { Claim, ClaimStore } from '@sotto/store';
import { DEVICE_LISTS, ERASURE_STEPS, parseSessionEndedKey, SESSIONS_ENDED } from '@sotto/store';
import { linkUseName } from './accounts/names.js';
import type { Logger } from './logger.js';
import { all } from './records/all.js';
import {
  ACCOUNT_VERSIONS,
  accountSessionKey,
  LINK_TICKETS,
  linkAnswerKey,
  RESET_LINKS,
  refreshPrefix,
  sessionDeviceKey,
  sessionKey,
} from './records/keys.js';
import {
  linkRecord,
  linkTicketRecord,
  refreshUseRecord,
  resetLinkRecord,
  sessionRecord,
} from './records/record.js';
import { SESSION_MS } from './sessions/sessions.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** A link that ran out is still recognised for this long, milliseconds. */
const RECOGNISED_MS = 7 * DAY_MS;
/** An ended session is remembered for this long: far beyond the last access token, milliseconds. */
const ENDED_MS = DAY_MS;
/** A request that began before a version was replaced has ended by now, milliseconds. */
const REPLACED_MS = 60 * 60 * 1_000;
/** How far an erasure came can be looked at for this long, milliseconds. */
const PROGRESS_MS = 400 * DAY_MS;

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
  const claim = await claims.get(sessionKey(id));
  if (claim) await claims.remove(accountSessionKey(sessionRecord.decode(claim.body).account, id));
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

async function sweepExpired(
  claims: ClaimStore,
  now: number,
  prefix: string,
  expires: (claim: Claim) => number,
): Promise<number> {
  let removed = 0;
  for await (const claim of all(claims, prefix)) {
    if (expires(claim) + DAY_MS > now) continue;
    await claims.remove(claim.key);
    removed += 1;
  }
  return removed;
}

/**
 * What was replaced is not kept: a vault under a password that somebody learnt, a list of devices that are gone. Versions go up in
 * the order of keys, so that whatever stands before one of the same account was replaced by it.
 */
async function sweepReplaced(claims: ClaimStore, now: number, prefix: string): Promise<number> {
  const accountOf = ({ key }: Claim) => key.slice(0, key.lastIndexOf(':'));
  let removed = 0;
  let before: Claim | undefined;
  for await (const claim of all(claims, prefix)) {
    if (before && accountOf(before) === accountOf(claim) && claim.at + REPLACED_MS <= now) {
      await claims.remove(before.key);
      removed += 1;
    }
    before = claim;
  }
  return removed;
}

/** Removes what ran out: links, ended and lapsed sessions, what newer versions replaced. @returns how many of each */
export async function sweep(
  claims: ClaimStore,
  now: number,
): Promise<{ links: number; sessions: number; versions: number }> {
  const links = await sweepLinks(claims, now);
  const resets = await sweepExpired(
    claims,
    now,
    RESET_LINKS,
    ({ body }) => resetLinkRecord.decode(body).expires,
  );
  const tickets = await sweepExpired(
    claims,
    now,
    LINK_TICKETS,
    ({ body }) => linkTicketRecord.decode(body).expires,
  );
  const answers = await sweepExpired(claims, now, linkAnswerKey(''), ({ at }) => at);
  await sweepExpired(claims, now, ERASURE_STEPS, ({ at }) => at + PROGRESS_MS - DAY_MS);
  return {
    links: links + resets + tickets + answers,
    sessions: await sweepSessions(claims, now),
    versions:
      (await sweepReplaced(claims, now, ACCOUNT_VERSIONS)) + (await sweepReplaced(claims, now, DEVICE_LISTS)),
  };
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

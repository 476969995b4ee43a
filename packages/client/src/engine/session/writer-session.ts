import type { KeyStore, KeyWrite } from '../../store/key-store.js';
import { WITHOUT_CLIENT_IDS } from '../../sync/client-ids.js';
import { thawedOutbox } from '../../sync/outbox.js';
import { withoutFeeds } from '../../sync/own-feeds.js';
import { unplacedPosts } from '../../sync/posts.js';
import { lastLease } from '../context/device-lease.js';
import { accountWrite, readAccount } from './account-record.js';

/** Records of a writer session that the next one must not go on with, by their prefix. */
const ENDED = ['chain/own/', 'state-out/'];

/**
 * Ends the writer session of a device whose name somebody else wrote under: a restored backup, a copied profile. Its feeds,
 * client ids and own chains are given up in one write, so that no key and no position is ever used twice; what was queued
 * is sealed anew by the session that follows. The new generation is the number of the lease that comes next: of two copies only one
 * is let in with it. Pairwise sessions stay, to read by; no life writes by a session that another one began.
 */
export async function endWriterSession(keys: KeyStore): Promise<void> {
  const record = await readAccount(keys);
  if (!record) return;
  await keys.write([
    accountWrite({ ...record, generation: (await lastLease(keys)) + 1 }),
    ...(await withoutWriterSession(keys)),
  ]);
}

/** The changes that end a writer session: what it used is never used again, what it had queued waits to be sealed anew. */
export async function withoutWriterSession(keys: KeyStore): Promise<KeyWrite[]> {
  const ended: KeyWrite[] = [];
  for (const prefix of ENDED)
    for (const [key] of await keys.list(prefix)) ended.push({ key, value: undefined });
  return [
    WITHOUT_CLIENT_IDS,
    ...(await withoutFeeds(keys)),
    ...(await thawedOutbox(keys)),
    ...(await unplacedPosts(keys)),
    ...ended,
  ];
}

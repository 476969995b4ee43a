import type { KeyStore, KeyWrite } from '../../store/key-store.js';
import { WITHOUT_CLIENT_IDS } from '../../sync/client-ids.js';
import { thawedOutbox } from '../../sync/outbox.js';
import { withoutFeeds } from '../../sync/own-feeds.js';
import { unplacedPosts } from '../../sync/posts.js';
import { accountWrite, readAccount } from './account-record.js';

/** Records of a writer session that the next one must not go on with, by their prefix: pairwise ratchets count too. */
const ENDED = ['chain/own/', 'state-out/', 'signal/session/'];

/**
 * Ends the writer session of a device whose name somebody else wrote under: a restored backup, a copied profile. Its feeds,
 * client ids and own chains are given up in one write, so that no key and no position is ever used twice; what was queued
 * is sealed anew by the session that follows. The new generation is random: two copies must not choose the same.
 */
export async function endWriterSession(keys: KeyStore): Promise<void> {
  const record = await readAccount(keys);
  if (!record) return;
  const generation = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const ended: KeyWrite[] = [];
  for (const prefix of ENDED)
    for (const [key] of await keys.list(prefix)) ended.push({ key, value: undefined });
  await keys.write([
    accountWrite({ ...record, generation }),
    WITHOUT_CLIENT_IDS,
    ...(await withoutFeeds(keys)),
    ...(await thawedOutbox(keys)),
    ...(await unplacedPosts(keys)),
    ...ended,
  ]);
}

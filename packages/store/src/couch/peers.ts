import * as v from 'valibot';
import { type CouchClient, unavailable } from './couch-client.js';
import { aboutDatabase } from './layout.js';
import type { CouchSettings } from './settings.js';

/** Places in `<prefix>-about`: a data centre that this one takes from, or once took from. */
const PEER = 'peer-';
const AFTER_PEERS = 'peer.';

const listed = v.looseObject({ rows: v.array(v.unknown()) });

/** Writes down, for good, that another data centre's records come here by themselves. */
export async function notePeer(client: CouchClient, settings: CouchSettings, name: string): Promise<void> {
  const path = `${aboutDatabase(settings)}/${PEER}${name}`;
  const { status } = await client.ask({ method: 'PUT', path, body: {} });
  // 409: it was written before.
  if (status !== 201 && status !== 409) throw unavailable(`CouchDB: ${status} for a peer`);
}

/** Whether records may become readable here that no server of this data centre wrote. */
export async function hasPeers(client: CouchClient, settings: CouchSettings): Promise<boolean> {
  const query = new URLSearchParams({
    startkey: JSON.stringify(PEER),
    endkey: JSON.stringify(AFTER_PEERS),
    limit: '1',
  });
  const path = `${aboutDatabase(settings)}/_all_docs?${query}`;
  const { status, body } = await client.ask({ method: 'GET', path });
  const result = v.safeParse(listed, body);
  if (status !== 200 || !result.success) throw unavailable('CouchDB does not say whether it has peers');
  return result.output.rows.length > 0;
}

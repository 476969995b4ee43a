import * as v from 'valibot';
import { CouchClient, unavailable } from './couch-client.js';
import type { CouchDocument } from './database.js';
import { claimDatabases, sharedDatabases } from './layout.js';
import { notePeer } from './peers.js';
import type { CouchCluster, CouchSettings } from './settings.js';

const REPLICATOR = '_replicator';

const standing = v.looseObject({
  state: v.nullable(v.string()),
  info: v.optional(
    v.nullable(
      v.looseObject({
        changes_pending: v.optional(v.nullable(v.number())),
        doc_write_failures: v.optional(v.nullable(v.number())),
      }),
    ),
  ),
});

/** How far a database has come with what another data centre has. */
export interface ReplicationState {
  readonly database: string;
  /** CouchDB's word for it; `running` is the good one. */
  readonly state: string;
  /** Changes there that are not here yet, as far as is known. */
  readonly pending: number | undefined;
  readonly failures: number;
}

/**
 * Has this data centre's cluster take continuously what another one's has: all of the log, and, where the other one is the
 * claims' home, a copy of the claims to go on from when the home is lost. Each data centre does the same for itself.
 * Any number of times. Servers that ran before are to be started again: from now on what they know of activity is not all.
 * @param peer the other cluster, as this one reaches it
 * @param name of the other data centre: `[a-z0-9-]+`
 * @returns names of the databases of which it is asked now
 * @throws ProtocolError `sync/store-unavailable`
 */
export async function replicateFrom(
  settings: CouchSettings,
  peer: CouchCluster,
  name: string,
): Promise<string[]> {
  const client = new CouchClient(settings);
  try {
    await notePeer(client, settings, name);
    await client.ask({ method: 'PUT', path: REPLICATOR });
    const [here, there] = await Promise.all([endOf(settings), endOf(peer)]);
    const databases = replicatedDatabases(settings, peer);
    for (const database of databases)
      await write(client, {
        _id: replicationId(name, database),
        source: { ...there, url: `${there.url}${database}` },
        target: { ...here, url: `${here.url}${database}` },
        continuous: true,
      });
    return databases;
  } finally {
    client.close();
  }
}

/** Ends what {@link replicateFrom} began; what was taken stays. */
export async function stopReplicating(
  settings: CouchSettings,
  peer: CouchCluster,
  name: string,
): Promise<void> {
  const client = new CouchClient(settings);
  try {
    for (const database of replicatedDatabases(settings, peer)) {
      const path = `${REPLICATOR}/${replicationId(name, database)}`;
      const { status, body } = await client.ask({ method: 'GET', path });
      if (status === 404) continue;
      const { _rev } = v.parse(revised, body);
      await client.ask({ method: 'DELETE', path: `${path}?rev=${_rev}` });
    }
  } finally {
    client.close();
  }
}

/** How far this data centre has come with what another one has. */
export async function replicationStates(
  settings: CouchSettings,
  peer: CouchCluster,
  name: string,
): Promise<ReplicationState[]> {
  const client = new CouchClient(settings);
  try {
    const states: ReplicationState[] = [];
    for (const database of replicatedDatabases(settings, peer)) {
      const path = `_scheduler/docs/${REPLICATOR}/${replicationId(name, database)}`;
      const { status, body } = await client.ask({ method: 'GET', path });
      states.push({ database, ...(status === 404 ? ABSENT : stateOf(body)) });
    }
    return states;
  } finally {
    client.close();
  }
}

const ABSENT = { state: 'absent', pending: undefined, failures: 0 };
const revised = v.looseObject({ _rev: v.string() });

function stateOf(body: unknown): Omit<ReplicationState, 'database'> {
  const result = v.safeParse(standing, body);
  if (!result.success) throw unavailable('CouchDB answered in another shape');
  const { state, info } = result.output;
  return {
    state: state ?? 'beginning',
    pending: info?.changes_pending ?? undefined,
    failures: info?.doc_write_failures ?? 0,
  };
}

function replicatedDatabases(settings: CouchSettings, peer: CouchCluster): string[] {
  const isHome = settings.home?.urls.some(({ href }) => peer.urls.some((url) => url.href === href));
  return [...sharedDatabases(settings), ...(isHome ? claimDatabases(settings) : [])];
}

function replicationId(name: string, database: string): string {
  return `${database}-from-${name}`;
}

/** An end of a replication as CouchDB wants it told. It keeps what is told: only administrators read it. */
async function endOf({ urls, auth }: CouchCluster): Promise<{ url: string } & Record<string, unknown>> {
  const url = urls[0]!.href;
  if (auth.kind === 'cookie')
    return { url, auth: { basic: { username: auth.name, password: auth.password } } };
  if (auth.kind === 'jwt') return { url, headers: { authorization: `Bearer ${await auth.token()}` } };
  return { url };
}

async function write(client: CouchClient, document: CouchDocument): Promise<void> {
  const path = `${REPLICATOR}/${document._id}`;
  const { status, body: stored } = await client.ask({ method: 'GET', path });
  const rev = status === 404 ? undefined : v.parse(revised, stored)._rev;
  const body = rev === undefined ? document : { ...document, _rev: rev };
  const answer = await client.ask({ method: 'PUT', path, body });
  // 409: somebody else sets it up just now, to the same.
  if (answer.status !== 201 && answer.status !== 409)
    throw unavailable(`CouchDB: ${answer.status} for a replication`);
}

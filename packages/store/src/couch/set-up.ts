import type { CouchAnswer } from './couch-client.js';
import { CouchClient, unavailable } from './couch-client.js';
import {
  aboutDatabase,
  activityWeek,
  chunkDatabases,
  claimDatabases,
  LAYOUT,
  logDatabases,
} from './layout.js';
import { CouchSetUpError } from './set-up-error.js';
import type { CouchSettings } from './settings.js';

/** Nobody but the servers themselves: they are the database's administrators. */
const SECURITY = { admins: { names: [], roles: ['_admin'] }, members: { names: [], roles: ['_admin'] } };

/**
 * Makes the databases that the stores need, where they are not there. Any number of times, by any number of processes.
 * @returns names of the databases that were made now
 * @throws CouchSetUpError `store/other-layout` when what is there is cut into another number of shards
 * @throws ProtocolError `sync/store-unavailable`
 */
export async function setUpCouch(settings: CouchSettings): Promise<string[]> {
  const client = new CouchClient(settings);
  try {
    const made: string[] = [];
    const create = async (name: string, partitioned: boolean) => {
      if (await makeDatabase(client, name, partitioned)) made.push(name);
    };
    const about = aboutDatabase(settings);
    await create(about, false);
    await agree(client, settings);
    for (const name of claimDatabases(settings)) await create(name, false);
    for (const name of [...logDatabases(settings), ...chunkDatabases(settings)]) await create(name, true);
    return made;
  } finally {
    client.close();
  }
}

/**
 * Compares what the set-up decided with what this process counts on.
 * @throws CouchSetUpError `store/other-layout` when they differ, `store/not-set-up`
 */
export async function assertLayout(client: CouchClient, settings: CouchSettings): Promise<void> {
  const place = aboutDatabase(settings);
  const { status, body } = await client.ask({ method: 'GET', path: `${place}/layout` });
  if (status === 404) throw new CouchSetUpError('store/not-set-up', place);
  if (!isLayout(body) || body.layout !== LAYOUT || body.shards !== settings.shards)
    throw new CouchSetUpError('store/other-layout', place);
}

/** Deletes everything that the set-up made: for tests, and for whoever means it. */
export async function tearDownCouch(settings: CouchSettings): Promise<void> {
  const client = new CouchClient(settings);
  const names = [
    aboutDatabase(settings),
    ...claimDatabases(settings),
    ...logDatabases(settings),
    ...chunkDatabases(settings),
  ];
  try {
    names.push(...(await activityDatabases(client, settings)));
    for (const path of names) await client.ask({ method: 'DELETE', path });
  } finally {
    client.close();
  }
}

/** Names of the databases of activity rows that are there. */
export async function activityDatabases(client: CouchClient, settings: CouchSettings): Promise<string[]> {
  const { body } = await client.ask({ method: 'GET', path: '_all_dbs' });
  if (!Array.isArray(body)) throw unavailable('CouchDB lists no databases');
  return body.filter((name) => typeof name === 'string' && activityWeek(settings, name) !== undefined);
}

/** Makes a database where there is none, closed to all but administrators. @returns whether it was made now */
export async function makeDatabase(
  client: CouchClient,
  name: string,
  partitioned: boolean,
): Promise<boolean> {
  const { status } = await client.ask({ method: 'PUT', path: `${name}?partitioned=${partitioned}` });
  await secure(client, name);
  return status !== 412;
}

async function secure(client: CouchClient, name: string): Promise<void> {
  const path = `${name}/_security`;
  const { status } = await client.ask({ method: 'PUT', path, body: SECURITY });
  if (status !== 200 && status !== 201) throw unavailable(`CouchDB: ${status} for the security of ${name}`);
}

async function agree(client: CouchClient, settings: CouchSettings): Promise<void> {
  const path = `${aboutDatabase(settings)}/layout`;
  const { shards } = settings;
  const answer: CouchAnswer = await client.ask({ method: 'PUT', path, body: { layout: LAYOUT, shards } });
  if (answer.status === 409) await assertLayout(client, settings);
}

function isLayout(body: unknown): body is { layout: unknown; shards: unknown } {
  return typeof body === 'object' && body !== null && 'layout' in body && 'shards' in body;
}

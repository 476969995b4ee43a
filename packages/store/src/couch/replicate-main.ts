import { ProtocolError } from '@sotto/protocol';
import { replicateFrom, replicationStates } from './replication.js';
import { couchCluster, couchSettingsFrom } from './settings.js';

const NAME = /^[a-z0-9-]{1,32}$/;

/**
 * Has the cluster that `COUCHDB_URL` names take what the one at `COUCHDB_PEER_URL` has, under the name `COUCHDB_PEER`, and
 * says how far it is.
 */
async function main(env: Readonly<Record<string, string | undefined>>): Promise<number> {
  try {
    const { COUCHDB_PEER_URL: url = '', COUCHDB_PEER: name = '' } = env;
    if (url === '') throw new RangeError('COUCHDB_PEER_URL is missing');
    if (!NAME.test(name)) throw new RangeError('COUCHDB_PEER: letters, digits and hyphens');
    const settings = couchSettingsFrom(env);
    const peer = couchCluster(url);
    await replicateFrom(settings, peer, name);
    for (const { database, state, pending, failures } of await replicationStates(settings, peer, name))
      process.stdout.write(`${database}: ${state}, ${pending ?? 'unknown'} pending, ${failures} failed\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ProtocolError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main(process.env);

import { ProtocolError } from '@sotto/protocol';
import { CouchClient } from './couch-client.js';
import { CouchDatabase } from './database.js';
import { claimDatabases, logDatabases } from './layout.js';
import { couchSettingsFrom } from './settings.js';

/** Begins a compaction of every database that something is erased from: afterwards its bytes are in no file. */
async function main(): Promise<number> {
  try {
    const settings = couchSettingsFrom(process.env);
    const client = new CouchClient(settings);
    try {
      for (const name of [...claimDatabases(settings), ...logDatabases(settings)]) {
        await new CouchDatabase(client, name).compact();
        process.stdout.write(`${name}: compaction begun\n`);
      }
    } finally {
      client.close();
    }
    return 0;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ProtocolError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

process.exitCode = await main();

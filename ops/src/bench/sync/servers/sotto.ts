import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { createServer } from 'node:http';
import { createLogger } from '@sotto/service';
import { AccessLists, openLevelStores } from '@sotto/store';
import { createSyncServer } from '@sotto/sync-server';
import { listening } from './listening.js';

/** What a sync server shares with the auth server and with its replicas. */
export interface SottoKeys {
  /** Public key of tokens. */
  readonly token: JsonWebKey;
  /** Base64url. */
  readonly grant: string;
}

/** Sotto's sync server over LevelDB, every write with fsync; limits as shipped. */
export async function startSotto(folder: string, keys: SottoKeys): Promise<number> {
  const { log, claims } = await openLevelStores(folder);
  const sync = createSyncServer({
    log,
    claims,
    access: new AccessLists(log, claims),
    logger: createLogger({ name: 'sync', level: 'warn', destination: process.stderr }),
    tokenKey: createPublicKey({ key: keys.token, format: 'jwk' }),
    grantKey: new Uint8Array(Buffer.from(keys.grant, 'base64url')),
  });
  return listening(createServer().on('upgrade', sync.handleUpgrade));
}

import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { createServer } from 'node:http';
import { createLogger } from '@sotto/service';
import { AccessLists } from '@sotto/store';
import { createSyncServer } from '@sotto/sync-server';
import { listening } from './listening.js';
import { openPlace, type Place } from './place.js';

/** What a sync server shares with the auth server and with its replicas. */
export interface SottoKeys {
  /** Public key of tokens. */
  readonly token: JsonWebKey;
  /** Base64url. */
  readonly grant: string;
}

/** Sotto's sync server over LevelDB, every write with fsync, or over CouchDB; limits as shipped. */
export async function startSotto(place: Place, keys: SottoKeys): Promise<number> {
  const { log, claims, activity } = await openPlace(place);
  const sync = createSyncServer({
    log,
    claims,
    activity,
    access: new AccessLists(log, claims),
    logger: createLogger({ name: 'sync', level: 'warn', destination: process.stderr }),
    tokenKey: createPublicKey({ key: keys.token, format: 'jwk' }),
    grantKey: new Uint8Array(Buffer.from(keys.grant, 'base64url')),
  });
  return listening(createServer().on('upgrade', sync.handleUpgrade));
}

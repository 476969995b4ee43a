import { once } from 'node:events';
import { startHocuspocus } from './hocuspocus.js';
import type { Place } from './place.js';
import { startRelay } from './relay.js';
import { type SottoKeys, startSotto } from './sotto.js';
import { startYws } from './yws.js';

/** The sync servers that are measured; the keys of the result. */
export type ServerName = 'sotto' | 'sotto-couchdb' | 'relay' | 'yws' | 'yws-leveldb' | 'hocuspocus-sqlite';

/** What a server's process is told when it starts. */
export interface StartOrder {
  readonly name: ServerName;
  readonly place: Place;
  readonly keys: SottoKeys;
}

/** What it is asked afterwards: to collect its garbage, so that memory in use can be looked at. */
export type Order = { readonly ask: 'collect' };
export type Answer = { readonly port: number } | { readonly collected: true };

/** Starts one server on a free port of this machine. @returns the port */
function start({ name, place, keys }: StartOrder): Promise<number> {
  switch (name) {
    case 'sotto':
    case 'sotto-couchdb':
      return startSotto(place, keys);
    case 'relay':
      return startRelay();
    case 'yws':
      return startYws();
    case 'yws-leveldb':
      return startYws(place.folder);
    case 'hocuspocus-sqlite':
      return startHocuspocus(place.folder);
  }
}

// Every server runs under this file, one a process, with the same flags.
const [order] = (await once(process, 'message')) as [StartOrder];
const port = await start(order);
process.on('message', () => {
  global.gc?.();
  process.send?.({ collected: true } satisfies Answer);
});
process.on('disconnect', () => process.exit(0));
// So that a profile is written.
process.on('SIGTERM', () => process.exit(0));
process.send?.({ port } satisfies Answer);

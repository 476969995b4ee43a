import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

const require = createRequire(import.meta.url);

interface PouchConstructor {
  plugin(plugin: unknown): PouchConstructor;
  defaults(options: { prefix: string; adapter: string }): PouchConstructor;
}
type ExpressPouch = (
  pouch: PouchConstructor,
  options: { inMemoryConfig: boolean; logPath: string; mode: string },
) => RequestListener;

/** Another implementation of CouchDB's interface. */
export interface CouchPeer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Serves CouchDB's HTTP interface on loopback by express-pouchdb. Never to be exposed: some requests end its process.
 * One process, no fsync, no quorum.
 */
export async function startCouchPeer(): Promise<CouchPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-couch-peer-'));
  const pouch = (require('pouchdb-core') as PouchConstructor)
    .plugin(require('pouchdb-adapter-leveldb'))
    .defaults({ prefix: folder + sep, adapter: 'leveldb' });
  const serve = require('express-pouchdb') as ExpressPouch;
  const listener = serve(pouch, {
    inMemoryConfig: true,
    logPath: join(folder, 'log.txt'),
    mode: 'minimumForPouchDB',
  });
  const server = createServer((request, response) => {
    // It has nothing to secure in this mode, and no such route.
    if (request.url?.endsWith('/_security')) response.writeHead(200).end('{"ok":true}');
    else listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

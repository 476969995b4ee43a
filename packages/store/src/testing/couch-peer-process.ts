import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
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

/** Serves CouchDB's HTTP interface by express-pouchdb on loopback, and prints the port. Argument: folder. */
function main(folder: string): void {
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
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
  });
  // Whoever started this is gone.
  process.stdin.resume().once('end', () => process.exit());
}

main(process.argv[2]!);

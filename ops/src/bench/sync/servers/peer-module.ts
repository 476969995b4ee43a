import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = new URL('../../../../sync-peers/node_modules/', import.meta.url);

/** Files of what is installed in `ops/sync-peers`, apart from everything else. */
const FILES = {
  yws: '@y/websocket-server/src/utils.js',
  hocuspocus: '@hocuspocus/server/dist/hocuspocus-server.esm.js',
  sqlite: '@hocuspocus/extension-sqlite/dist/hocuspocus-sqlite.esm.js',
};

/** Whether the other servers are installed: `npm run bench -- sync` does that where it can. */
export function peersInstalled(): boolean {
  return Object.values(FILES).every((file) => existsSync(fileURLToPath(new URL(file, folder))));
}

/**
 * Loads a module of another server. What of it is used is said by the caller: it is never compiled against.
 * @throws Error where it is not installed
 */
export async function peerModule<T>(name: keyof typeof FILES): Promise<T> {
  return (await import(pathToFileURL(fileURLToPath(new URL(FILES[name], folder))).href)) as T;
}

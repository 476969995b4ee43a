import { serveStores } from '../host/serve-stores.js';
import { openLevelStores } from '../open-level.js';

/** A store host in a process of its own, until it is killed. Arguments: folder, path of the socket. */
async function main([folder, path]: readonly string[]): Promise<void> {
  await serveStores(await openLevelStores(folder!), path!);
  process.stdout.write('serving\n');
}

await main(process.argv.slice(2));

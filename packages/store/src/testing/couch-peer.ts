import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.js';

/** Another implementation of CouchDB's interface. */
export interface CouchPeer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts express-pouchdb in a process of its own, since some requests end it. For tests alone, on loopback: no fsync, no
 * quorum, nobody is asked who they are.
 */
export async function startCouchPeer(): Promise<CouchPeer> {
  const folder = await temporaryFolder();
  const program = fileURLToPath(new URL('./couch-peer-process.js', import.meta.url));
  const child = spawn(process.execPath, [program, folder.path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return {
    url: `http://127.0.0.1:${port.trim()}`,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'close');
      await folder.remove();
    },
  };
}

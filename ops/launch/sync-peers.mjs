import { join } from 'node:path';
import { isInstalled } from './install.mjs';
import { root } from './paths.mjs';
import { npm } from './run.mjs';

/** Where other sync servers lie, with a package.json and a lock of their own: no workspace, nothing of what is shipped. */
const folder = join(root, 'ops/sync-peers');

/**
 * Installs the servers that the benchmark of the sync server measures beside ours, when they are missing. Scripts are run:
 * sqlite's add-on is fetched or built by its own.
 * @returns {Promise<boolean>} false when they could not be had; why is on the terminal
 */
export async function ensureSyncPeers() {
  if (isInstalled(folder)) return true;
  console.error('Installing other sync servers, for the benchmark alone (npm ci in ops/sync-peers) …');
  const flags = ['--prefer-offline', '--fetch-retries=1', '--loglevel=error'];
  const { code, output } = await npm(['ci', ...flags], { cwd: folder, quiet: true });
  if (code !== 0) console.error(output);
  return code === 0;
}

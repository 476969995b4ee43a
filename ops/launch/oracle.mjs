import { join } from 'node:path';
import { isInstalled } from './install.mjs';
import { root } from './paths.mjs';
import { npm } from './run.mjs';

/** Where Signal's own library lies, with a package.json and a lock of its own: no workspace, nothing of what is shipped. */
const folder = join(root, 'ops/oracle');

/**
 * Installs Signal's own library, which tests and benchmarks of compatibility compare with, when it is missing. Its
 * scripts are not run: the add-on comes built.
 * @returns {Promise<boolean>} false when it could not be had; why is on the terminal
 */
export async function ensureOracle() {
  if (isInstalled(folder)) return true;
  console.error("Installing Signal's own library, for tests alone (npm ci in ops/oracle) …");
  const flags = ['--ignore-scripts', '--prefer-offline', '--fetch-retries=1', '--loglevel=error'];
  const { code, output } = await npm(['ci', ...flags], { cwd: folder, quiet: true });
  if (code !== 0) console.error(output);
  return code === 0;
}

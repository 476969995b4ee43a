import { readFileSync } from 'node:fs';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

/**
 * Installs and builds what is missing, then runs Sotto in this process.
 * @param {string[]} args
 * @returns {Promise<number>} exit code when it could not start; 0 once it runs
 */
export async function start(args) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(readFileSync(new URL('./help.txt', import.meta.url)));
    return 0;
  }
  if (!(await ensureInstalled())) return 1;
  if (!(await ensureBuilt())) return 1;
  const { runSotto } = await import('../dist/start/run.js');
  return runSotto(args);
}

import { join } from 'node:path';
import { compile } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';

/**
 * Lets things go wrong; see ops/src/chaos.
 * @param {string[]} flags
 * @returns {Promise<number>} exit code
 */
export async function chaos(flags) {
  if (!(await ensureInstalled())) return 1;
  // What it prints may be read by a program: only the run itself writes to stdout.
  const { code, output } = await compile([], { quiet: true });
  if (code !== 0) {
    console.error(output);
    return 1;
  }
  return (await run(process.execPath, [join(root, 'ops/dist/chaos/main.js'), ...flags])).code;
}

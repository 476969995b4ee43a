import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureChromium } from './chromium.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';

/**
 * Takes the screenshots of docs/screenshots anew, from a running Sotto.
 * @returns {Promise<number>} exit code
 */
export async function screenshots() {
  if (!(await ensureInstalled()) || !(await ensureBuilt())) return 1;
  const chromium = await ensureChromium();
  if (!chromium) {
    console.error('No Chromium found or installed; name one in CHROMIUM_PATH.');
    return 1;
  }
  const env = { ...process.env, CHROMIUM_PATH: chromium };
  return (await run(process.execPath, [join(root, 'ops/dist/screenshots/take.js')], { env })).code;
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compile, ensureBundled } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { ensureInstalled } from './install.mjs';
import { ensureOracle } from './oracle.mjs';
import { root } from './paths.mjs';
import { run } from './run.mjs';
import { ensureSyncPeers } from './sync-peers.mjs';

const sources = join(root, 'ops/src/bench');

/** Names of the benchmarks: files directly in ops/src/bench. */
function benchmarks() {
  try {
    const files = readdirSync(sources).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    return files.map((file) => file.slice(0, -'.ts'.length)).sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Runs one benchmark by its name, with the flags that follow it; lists them all when none is named.
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export async function bench([name, ...flags]) {
  const names = benchmarks();
  if (name === undefined) {
    console.log(names.length > 0 ? `Benchmarks:\n  ${names.join('\n  ')}` : 'There is no benchmark yet.');
    return 0;
  }
  if (!names.includes(name)) {
    console.error(`There is no benchmark '${name}'. There are: ${names.join(', ') || 'none'}.`);
    return 1;
  }
  if (!(await ensureInstalled())) return 1;
  if (name === 'crypto') await ensureOracle();
  if (name === 'sync') await ensureSyncPeers();
  // What it prints may be read by a program: only the benchmark itself writes to stdout.
  const { code, output } = await compile([], { quiet: true });
  if (code !== 0) {
    console.error(output);
    return 1;
  }
  // The servers alone: there is no page in it.
  const bundled = name === 'sync' || name === 'couch' ? undefined : await ensureBundled({ quiet: true });
  if (bundled && bundled.code !== 0) {
    console.error(bundled.output);
    return 1;
  }
  const env = { ...process.env, CHROMIUM_PATH: findChromium() };
  return (await run(process.execPath, [join(root, `ops/dist/bench/${name}.js`), ...flags], { env })).code;
}

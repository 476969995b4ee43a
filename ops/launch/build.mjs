import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';
import { npm, run } from './run.mjs';
import { newestSource, workspaces } from './sources.mjs';

const program = {
  reads: workspaces,
  makes: join(root, 'ops/dist/main.js'),
  stamp: join(root, 'ops/dist/.built'),
};
const app = {
  reads: ['packages/protocol', 'packages/client', 'pwa'],
  makes: join(root, 'pwa/dist/site/index.html'),
  stamp: join(root, 'pwa/dist/.built'),
};

const tsc = join(root, 'node_modules/typescript/bin/tsc');

function isFresh({ reads, makes, stamp }) {
  if (!existsSync(makes) || !existsSync(stamp)) return false;
  return statSync(stamp).mtimeMs > newestSource(reads);
}

/** The stamp bears the time at which the build began: what changed meanwhile is newer than it. */
function leaveStamp({ stamp }, beganAt) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, new Date(beganAt), new Date(beganAt));
}

/**
 * Compiles TypeScript projects and what they refer to; all of them when none is named.
 * @param {string[]} [projects] folders relative to the checkout
 * @param {{ quiet?: boolean }} [options]
 */
export async function compile(projects = [], options = {}) {
  const beganAt = Date.now();
  const result = await run(process.execPath, [tsc, '-b', ...projects], options);
  if (result.code === 0 && projects.length === 0) leaveStamp(program, beganAt);
  return result;
}

/** Bundles the web app into pwa/dist/site. */
export async function bundle(options = {}) {
  const beganAt = Date.now();
  const result = await npm(['run', '--silent', 'build', '--workspace', '@sotto/pwa'], options);
  if (result.code === 0) leaveStamp(app, beganAt);
  return result;
}

/** Bundles the web app when a source is newer than the last bundle; undefined when there was nothing to do. */
export async function ensureBundled(options = {}) {
  return isFresh(app) ? undefined : bundle(options);
}

/**
 * Builds what is older than its sources.
 * @returns {Promise<boolean>} false when a build failed; it has said why
 */
export async function ensureBuilt() {
  const stale = { program: !isFresh(program), app: !isFresh(app) };
  if (stale.program || stale.app) console.log('Building …');
  if (stale.program && (await compile()).code !== 0) return false;
  if (stale.app) {
    const { code, output } = await bundle({ quiet: true });
    if (code !== 0) console.error(output);
    return code === 0;
  }
  return true;
}

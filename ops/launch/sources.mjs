import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const ignored = new Set(['node_modules', 'dist', '.git', '.sotto']);

/** Folders of the workspaces, relative to the checkout. */
export const workspaces = [
  'packages/protocol',
  'packages/client',
  'packages/store',
  'packages/service',
  'sync-server',
  'auth-server',
  'notifier',
  'pwa',
  'ops',
];

/**
 * Every file and folder under `folder`, itself included, without what is installed or built.
 * @param {string} folder absolute
 * @returns {Generator<{ path: string, isFile: boolean }>}
 */
export function* walk(folder) {
  yield { path: folder, isFile: false };
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (ignored.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield { path, isFile: true };
  }
}

/**
 * When anything that the build of these workspaces reads was last changed, milliseconds since 1970. Folders count:
 * their date tells of files removed. The workspaces' own folders don't, for `dist` comes and goes in them.
 * @param {string[]} folders of workspaces, relative to the checkout
 */
export function newestSource(folders) {
  let newest = 0;
  const consider = (path) => {
    newest = Math.max(newest, statSync(path).mtimeMs);
  };
  for (const name of ['package-lock.json', 'tsconfig.base.json', 'tsconfig.json']) consider(join(root, name));
  for (const workspace of folders) {
    const folder = join(root, workspace);
    for (const { path } of walk(folder)) if (path !== folder) consider(path);
  }
  return newest;
}

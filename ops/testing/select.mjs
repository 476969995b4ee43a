import { readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { root } from '../launch/paths.mjs';
import { walk, workspaces } from '../launch/sources.mjs';

/** Folder that a workspace is built into, relative to the checkout: what its own tsconfig.json says, else `dist`. */
function outFolder(folder, workspace) {
  const { compilerOptions } = JSON.parse(readFileSync(join(folder, workspace, 'tsconfig.json'), 'utf8'));
  return posix.join(workspace, compilerOptions?.outDir ?? 'dist');
}

/**
 * Test files by their sources, so that what an earlier build left behind is never run.
 * @param {string} [filter] part of the path
 * @param {string} [folder] the checkout
 * @returns {{ source: string, built: string, workspace: string, inBrowser: boolean }[]} paths relative to the checkout
 */
export function selectTests(filter = '', folder = root) {
  const tests = [];
  for (const { path, isFile } of walk(folder)) {
    const source = relative(folder, path).split(sep).join('/');
    const workspace = workspaces.find((name) => source.startsWith(`${name}/src/`));
    if (!isFile || !workspace || !source.endsWith('.test.ts') || !source.includes(filter)) continue;
    const inside = source.slice(`${workspace}/src/`.length).replace(/\.ts$/, '.js');
    const built = posix.join(outFolder(folder, workspace), inside);
    tests.push({ source, built, workspace, inBrowser: source.endsWith('.browser.test.ts') });
  }
  return tests.sort((a, b) => (a.source < b.source ? -1 : 1));
}

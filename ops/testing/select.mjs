import { relative, sep } from 'node:path';
import { root } from '../launch/paths.mjs';
import { walk, workspaces } from '../launch/sources.mjs';

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
    const built = source.replace('/src/', '/dist/').replace(/\.ts$/, '.js');
    tests.push({ source, built, workspace, inBrowser: source.endsWith('.browser.test.ts') });
  }
  return tests.sort((a, b) => (a.source < b.source ? -1 : 1));
}

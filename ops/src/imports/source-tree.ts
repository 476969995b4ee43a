import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ImportRules } from './rules.js';

const ignored = new Set(['node_modules', 'dist', '.git', '.sotto']);

/** Where a source file stands. */
export interface Place {
  /** Relative to the checkout, with slashes. */
  readonly path: string;
  /** Folder of its package, relative to the checkout. */
  readonly package: string;
  /** Folder relative to the package's `src`; empty for files that lie in `src` itself. */
  readonly folder: string;
  readonly isTest: boolean;
}

export interface SourceTree {
  readonly sources: readonly Place[];
  /** Every folder and file, sources or not, relative to the checkout. */
  readonly paths: readonly string[];
}

function list(root: string, folder: string): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (ignored.has(entry.name)) continue;
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    paths.push(path);
    if (entry.isDirectory()) paths.push(...list(root, path));
  }
  return paths;
}

function packageOf(root: string, path: string): string | undefined {
  const at = path.indexOf('/src/');
  if (at < 0) return undefined;
  const folder = path.slice(0, at);
  return existsSync(join(root, folder, 'package.json')) ? folder : undefined;
}

/** Finds the package and folder of a path; undefined when it is in no package's `src`. */
export function placeOf(root: string, path: string, rules: ImportRules): Place | undefined {
  const packageFolder = packageOf(root, path);
  if (packageFolder === undefined) return undefined;
  const inside = path.slice(packageFolder.length + '/src/'.length);
  const isTest =
    rules.testEndings.some((ending) => path.endsWith(ending)) ||
    inside
      .split('/')
      .slice(0, -1)
      .some((folder) => rules.testFolders.includes(folder));
  return { path, package: packageFolder, folder: inside.split('/').slice(0, -1).join('/'), isTest };
}

/** Reads the checkout's folders and sources, without what is installed or built. */
export function readSourceTree(root: string, rules: ImportRules): SourceTree {
  const paths = list(root, '');
  const sources = paths
    .filter((path) => path.endsWith('.ts'))
    .map((path) => placeOf(root, path, rules))
    .filter((place) => place !== undefined);
  return { sources, paths };
}

import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type ImportStatement, readImports } from './read-imports.js';
import type { ImportRules } from './rules.js';
import { type Place, placeOf, type SourceTree } from './source-tree.js';

/** What an import leads to. */
export type Target =
  /** A file beside it, by a relative path. */
  | { readonly kind: 'file'; readonly path: string; readonly place: Place | undefined }
  /** One of our packages, by its name. */
  | { readonly kind: 'package'; readonly package: string }
  /** A package of others. */
  | { readonly kind: 'external'; readonly name: string }
  /** A module of Node itself. */
  | { readonly kind: 'node' }
  /** Computed while running. */
  | { readonly kind: 'unknown' };

export interface Edge {
  readonly from: Place;
  readonly statement: ImportStatement;
  readonly target: Target;
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function targetOf(
  root: string,
  from: Place,
  specifier: string | undefined,
  rules: ImportRules,
): Target | undefined {
  if (specifier === undefined) return { kind: 'unknown' };
  if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
    const path = posix.join(posix.dirname(from.path), specifier).replace(/\.js$/, '.ts');
    return { kind: 'file', path, place: placeOf(root, path, rules) };
  }
  if (specifier.startsWith('node:')) return { kind: 'node' };
  // A package's own names, resolved by its package.json.
  if (specifier.startsWith('#')) return undefined;
  const name = packageName(specifier);
  const own = Object.entries(rules.packages).find(([, rule]) => rule.name === name);
  return own ? { kind: 'package', package: own[0] } : { kind: 'external', name };
}

/** Every import of every source. */
export function readEdges(root: string, tree: SourceTree, rules: ImportRules): Edge[] {
  return tree.sources.flatMap((from) =>
    readImports(from.path, readFileSync(join(root, from.path), 'utf8')).flatMap((statement) => {
      const target = targetOf(root, from, statement.specifier, rules);
      return target ? [{ from, statement, target }] : [];
    }),
  );
}

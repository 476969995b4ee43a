import { readEdges } from './edges.js';
import { checkCycles } from './folder-cycles.js';
import { checkNames } from './folder-names.js';
import { checkLayerEdges } from './layer-edges.js';
import { checkPackageEdges } from './package-edges.js';
import { type ImportRules, importRules } from './rules.js';
import { readSourceTree } from './source-tree.js';
import type { Violation } from './violation.js';

export interface ImportCheck {
  readonly violations: readonly Violation[];
  readonly files: number;
  readonly imports: number;
}

/**
 * Checks every import of a checkout against the rules.
 * @param root the checkout
 * @throws UnreadableSourceError when a source cannot be parsed
 */
export function checkImports(root: string, rules: ImportRules = importRules): ImportCheck {
  const tree = readSourceTree(root, rules);
  const edges = readEdges(root, tree, rules);
  const violations = [
    ...checkNames(tree, rules),
    ...checkPackageEdges(root, edges, rules),
    ...checkLayerEdges(edges, rules),
    ...checkCycles(edges),
  ];
  return { violations, files: tree.sources.length, imports: edges.length };
}

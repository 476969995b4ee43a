import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edge } from './edges.js';
import type { ImportRules, PackageRule } from './rules.js';
import type { Place } from './source-tree.js';
import { atEdge, type Violation } from './violation.js';

function actsAsTest(place: Place, rule: PackageRule): boolean {
  return place.isTest || (rule.alsoAsTests ?? []).includes(place.folder.split('/')[0] ?? '');
}

function checkOwn(edge: Edge, to: string, rule: PackageRule, rules: ImportRules): Violation[] {
  const subpath = edge.statement.specifier?.split('/')[2] ?? '';
  if (!actsAsTest(edge.from, rule) && rules.testSubpaths.includes(subpath)) {
    return [atEdge('test', edge, `only tests import ${edge.statement.specifier}`)];
  }
  const allowed = actsAsTest(edge.from, rule) ? (rule.testImports ?? rule.imports) : rule.imports;
  if (to === edge.from.package || allowed.includes('*') || allowed.includes(to)) return [];
  return [atEdge('package', edge, `${edge.from.package} must not import ${to}`)];
}

function checkFile(edge: Edge, path: string, place: Place | undefined, rule: PackageRule): Violation[] {
  if (place?.package === edge.from.package) {
    if (actsAsTest(edge.from, rule) || !place.isTest) return [];
    return [atEdge('test', edge, `only tests import ${path}`)];
  }
  return [atEdge('crossing', edge, `relative import leaves ${edge.from.package}/src: ${path}`)];
}

type Dependencies = Readonly<Record<string, string>>;

function readManifest(
  root: string,
  folder: string,
): { dependencies: Dependencies; devDependencies: Dependencies } {
  const manifest: unknown = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return { dependencies: {}, devDependencies: {}, ...(manifest as object) };
}

/** Looks up whether a package of others is declared where an import may rely on it. */
function declaredIn(root: string): (name: string, place: Place, rule: PackageRule) => boolean {
  const development = readManifest(root, '').devDependencies;
  const dependencies = new Map<string, Dependencies>();
  return (name, place, rule) => {
    const known = dependencies.get(place.package) ?? readManifest(root, place.package).dependencies;
    dependencies.set(place.package, known);
    if (name in known) return true;
    return (actsAsTest(place, rule) || rule.development === true) && name in development;
  };
}

function checkEdge(edge: Edge, rules: ImportRules, isDeclared: ReturnType<typeof declaredIn>): Violation[] {
  const { from, target } = edge;
  const rule = rules.packages[from.package];
  if (!rule) return [atEdge('package', edge, `no rule names ${from.package}`)];
  switch (target.kind) {
    case 'package':
      return checkOwn(edge, target.package, rule, rules);
    case 'file':
      return checkFile(edge, target.path, target.place, rule);
    case 'external':
      if (isDeclared(target.name, from, rule)) return [];
      return [atEdge('dependency', edge, `${target.name} is not a dependency of ${from.package}`)];
    case 'node':
      if (!rule.noNode || from.isTest) return [];
      return [atEdge('node', edge, `${from.package} must not import Node's own modules`)];
    case 'unknown':
      if (actsAsTest(from, rule)) return [];
      return [atEdge('computed', edge, 'an import computed while running cannot be checked')];
  }
}

/** Checks edges between packages, ours and others'. */
export function checkPackageEdges(root: string, edges: readonly Edge[], rules: ImportRules): Violation[] {
  const isDeclared = declaredIn(root);
  return edges.flatMap((edge) => checkEdge(edge, rules, isDeclared));
}

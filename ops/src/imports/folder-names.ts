import type { ImportRules } from './rules.js';
import type { SourceTree } from './source-tree.js';
import type { Violation } from './violation.js';

/** Refuses folders and files whose name says nothing about what is inside. */
export function checkNames(tree: SourceTree, rules: ImportRules): Violation[] {
  return tree.paths.flatMap((path): Violation[] => {
    const name = path.split('/').at(-1)?.split('.')[0] ?? '';
    if (!rules.forbiddenNames.includes(name)) return [];
    return [{ rule: 'name', where: path, message: `nothing is called ${name}: name it after its subject` }];
  });
}

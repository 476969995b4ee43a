import type { Edge } from './edges.js';

export type RuleName =
  | 'package'
  | 'crossing'
  | 'test'
  | 'layer'
  | 'dependency'
  | 'node'
  | 'computed'
  | 'name'
  | 'cycle';

export interface Violation {
  readonly rule: RuleName;
  /** File, with its line where there is one. */
  readonly where: string;
  readonly message: string;
}

/** A violation at an import. */
export function atEdge(rule: RuleName, { from, statement }: Edge, message: string): Violation {
  return { rule, where: `${from.path}:${statement.line}`, message };
}

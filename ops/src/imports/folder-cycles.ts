import type { Edge } from './edges.js';
import type { Place } from './source-tree.js';
import type { Violation } from './violation.js';

/** A step from one node to another: the imports it goes by. */
type Steps = Map<string, readonly Edge[]>;
type Graph = Map<string, Steps>;

/** A folder; or a file, where it lies in `src` itself and so stands for no folder. */
function nodeOf(place: Place): string {
  return place.folder === '' ? place.path : `${place.package}/src/${place.folder}`;
}

const isFile = (node: string): boolean => node.endsWith('.ts');

function graphOf(edges: readonly Edge[]): Graph {
  const graph: Graph = new Map();
  for (const edge of edges) {
    const to = edge.target.kind === 'file' ? edge.target.place : undefined;
    if (!to || edge.from.isTest || to.package !== edge.from.package) continue;
    const [from, target] = [nodeOf(edge.from), nodeOf(to)];
    if (from === target) continue;
    const next: Steps = graph.get(from) ?? new Map();
    if (!next.has(target)) next.set(target, [edge]);
    graph.set(from, next);
  }
  return graph;
}

/** Folders that `start` leads to, directly or through files that lie in `src` itself. */
function foldersFrom(graph: Graph, start: string): Steps {
  const found: Steps = new Map();
  const seen = new Set<string>([start]);
  const ways: [string, readonly Edge[]][] = [[start, []]];
  for (let way = ways.shift(); way; way = ways.shift()) {
    for (const [next, edges] of graph.get(way[0]) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (isFile(next)) ways.push([next, [...way[1], ...edges]]);
      else found.set(next, [...way[1], ...edges]);
    }
  }
  return found;
}

/** Shortest way from `start` back to itself; undefined when there is none. */
function wayBack(graph: Graph, start: string): readonly Edge[] | undefined {
  const ways: [string, readonly Edge[]][] = [[start, []]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way; way = ways.shift()) {
    for (const [next, edges] of graph.get(way[0]) ?? []) {
      if (next === start) return [...way[1], ...edges];
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([next, [...way[1], ...edges]]);
    }
  }
  return undefined;
}

/** Refuses folders that import each other, over however many steps, as types or not. */
export function checkCycles(edges: readonly Edge[]): Violation[] {
  const graph = graphOf(edges);
  const names = [...graph.keys()].filter((node) => !isFile(node)).sort();
  const folders: Graph = new Map(names.map((folder) => [folder, foldersFrom(graph, folder)]));
  const reported = new Set<string>();
  return names.flatMap((start): Violation[] => {
    const cycle = reported.has(start) ? undefined : wayBack(folders, start);
    if (!cycle) return [];
    for (const { from } of cycle) reported.add(nodeOf(from));
    const steps = cycle.map(
      ({ from, statement }) => `${from.path}:${statement.line} (${statement.specifier})`,
    );
    return [{ rule: 'cycle', where: start, message: `folders import each other: ${steps.join(' -> ')}` }];
  });
}

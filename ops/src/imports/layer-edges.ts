import type { Edge } from './edges.js';
import type { ImportRules, Layers } from './rules.js';
import type { Place } from './source-tree.js';
import { atEdge, type Violation } from './violation.js';

function layerOf(place: Place): string {
  return place.folder.split('/')[0] ?? '';
}

function checkLayer(edge: Edge, to: Place, layers: Layers): Violation[] {
  const [fromLayer, toLayer] = [layerOf(edge.from), layerOf(to)];
  // Files directly in `src` put the layers together; test files may draw on any.
  if (fromLayer === '' || fromLayer === toLayer || edge.from.isTest) return [];
  const allowed = layers[fromLayer];
  if (!allowed) return [atEdge('layer', edge, `no rule names the folder ${fromLayer}`)];
  const file = to.path.slice(`${to.package}/src/`.length, -'.ts'.length);
  if (allowed.includes(toLayer) || allowed.includes(file)) return [];
  if (allowed.includes(`${toLayer}: type`)) {
    if (edge.statement.typeOnly) return [];
    return [atEdge('layer', edge, `${fromLayer} may import only types of ${toLayer}`)];
  }
  return [atEdge('layer', edge, `${fromLayer} must not import ${toLayer || 'files of src itself'}`)];
}

/** Checks edges between folders of a package whose order is fixed. */
export function checkLayerEdges(edges: readonly Edge[], rules: ImportRules): Violation[] {
  return edges.flatMap((edge): Violation[] => {
    const layers = rules.packages[edge.from.package]?.layers;
    const { target } = edge;
    if (!layers || target.kind !== 'file' || target.place?.package !== edge.from.package) return [];
    return checkLayer(edge, target.place, layers);
  });
}

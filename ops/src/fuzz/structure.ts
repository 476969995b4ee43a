import { mutate, type SeededRandom } from '@sotto/client/testing/crypto';
import { encodeCbor } from '@sotto/protocol';
import { readAnyCbor } from '@sotto/protocol/testing';

type Node = unknown;

/** Values that are misread: at bounds, of other types, with names that objects have already. */
const HAZARDS: readonly Node[] = [
  ...[0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1), 1.5, 1e300],
  ...[true, false, null, '', 'x', '\u0000', '\ud800', '__proto__', 'x'.repeat(3_000)],
  ...[[], {}, [[]], deep(200)],
];
const HAZARD_BYTES: readonly number[] = [0, 1, 16, 31, 32, 33, 64, 65, 300, 33_001, 66_000];
const HAZARD_NAMES: readonly string[] = ['__proto__', 'constructor', 'toString', 'v', 'type', 'length', ''];

/** Changes a value somewhere inside CBOR, which stays CBOR. Undefined for what is none. */
export function changeCbor(random: SeededRandom, bytes: Uint8Array): Uint8Array | undefined {
  const value = readCbor(bytes);
  if (value === undefined) return undefined;
  try {
    return encodeCbor(changeValue(random, value, 'cbor'));
  } catch {
    // Not every value has a form in CBOR.
    return undefined;
  }
}

/** The same for JSON. */
export function changeJson(random: SeededRandom, bytes: Uint8Array): Uint8Array | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return new TextEncoder().encode(JSON.stringify(changeValue(random, value, 'json')));
  } catch {
    return undefined;
  }
}

function readCbor(bytes: Uint8Array): unknown {
  try {
    return readAnyCbor(bytes);
  } catch {
    return undefined;
  }
}

/** A copy of the value in which one node, chosen evenly, is another. */
function changeValue(random: SeededRandom, value: Node, form: 'cbor' | 'json'): Node {
  const nodes = nodesOf(value);
  const chosen = random.below(nodes.length);
  let at = 0;
  const copy = (node: Node): Node => {
    const isChosen = at === chosen;
    at += 1;
    const inner = Array.isArray(node)
      ? node.map(copy)
      : isPlain(node)
        ? withEntries(Object.entries(node).map(([key, child]) => [key, copy(child)]))
        : node;
    return isChosen ? another(random, inner, nodes, form) : inner;
  };
  return copy(value);
}

function another(random: SeededRandom, node: Node, nodes: readonly Node[], form: 'cbor' | 'json'): Node {
  const kind = random.below(8);
  if (kind === 0) return nodes[random.below(nodes.length)];
  if (kind === 1) return HAZARDS[random.below(HAZARDS.length)];
  if (kind === 2 && form === 'cbor') return random.bytes(HAZARD_BYTES[random.below(HAZARD_BYTES.length)]!);
  if (node instanceof Uint8Array) return anotherBytes(random, node);
  if (typeof node === 'string') return anotherText(random, node);
  if (typeof node === 'number') return node + [1, -1, 256, 0.5, -node][random.below(5)]!;
  if (Array.isArray(node)) return anotherList(random, node);
  return isPlain(node) ? anotherMap(random, node) : HAZARDS[random.below(HAZARDS.length)];
}

/** Bytes are often CBOR themselves: a signed body, an event in a record. */
function anotherBytes(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const inner = bytes.length > 8 ? changeCbor(random, bytes) : undefined;
  return inner ?? (bytes.length === 0 ? random.bytes(1) : mutate(random, bytes));
}

function anotherText(random: SeededRandom, text: string): string {
  const at = random.below(text.length + 1);
  const piece = ['', 'A', '=', '-', ' ', '\u0000', '\u00e9', '/', '.', text][random.below(10)]!;
  return text.slice(0, at) + piece + text.slice(at + random.below(3));
}

function anotherList(random: SeededRandom, list: readonly Node[]): Node[] {
  const at = random.below(list.length + 1);
  if (random.below(6) === 0) return Array.from({ length: 1_100 }, () => list[0] ?? 0);
  if (random.below(2) === 0) return [...list.slice(0, at), ...list.slice(at + 1)];
  return [...list.slice(0, at), list[random.below(list.length || 1)] ?? null, ...list.slice(at)];
}

function anotherMap(random: SeededRandom, map: object): Node {
  const entries = Object.entries(map);
  const at = random.below(entries.length || 1);
  const name = HAZARD_NAMES[random.below(HAZARD_NAMES.length)]!;
  switch (random.below(4)) {
    case 0:
      return withEntries(entries.filter((_, index) => index !== at));
    case 1:
      return withEntries([...entries, [name, entries[at]?.[1] ?? 0]]);
    case 2:
      // All of it behind a name that may be taken for the object's own nature.
      return withEntries([[name, map]]);
    default:
      return withEntries(entries.map(([key, child], index) => [index === at ? name : key, child]));
  }
}

/** Unlike assignment, gives `__proto__` as a key like any other. */
function withEntries(entries: readonly (readonly [string, Node])[]): object {
  return Object.fromEntries(entries);
}

function nodesOf(value: Node): Node[] {
  const children = Array.isArray(value) ? value : isPlain(value) ? Object.values(value) : [];
  return [value, ...children.flatMap(nodesOf)];
}

function isPlain(node: Node): node is object {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && !(node instanceof Uint8Array);
}

function deep(levels: number): Node {
  let node: Node = 0;
  for (let level = 0; level < levels; level += 1) node = [node];
  return node;
}

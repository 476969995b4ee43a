import { toBase64url } from '@sotto/protocol';
import type { StateEvent } from './state-event.js';
import type { VerifiedStateEvent } from './state-signature.js';

/** A set of small numbers. */
export class Bits {
  readonly #words: Uint32Array;

  constructor(capacity: number) {
    this.#words = new Uint32Array((capacity + 31) >>> 5);
  }

  add(value: number): void {
    this.#words[value >>> 5]! |= 1 << (value & 31);
  }

  addAll(other: Bits): void {
    for (const [at, word] of other.#words.entries()) this.#words[at]! |= word;
  }

  get size(): number {
    let size = 0;
    for (let word of this.#words) for (; word !== 0; word &= word - 1) size += 1;
    return size;
  }

  has(value: number): boolean {
    return (this.#words[value >>> 5]! & (1 << (value & 31))) !== 0;
  }
}

/** A state event among those whose ancestors are all here. */
export interface GraphNode {
  readonly index: number;
  /** The event's hash, base64url. */
  readonly key: string;
  readonly hash: Uint8Array;
  readonly event: StateEvent;
  readonly ancestors: Bits;
  /** How many ancestors it has. */
  readonly depth: number;
}

export interface StateGraph {
  /** Each after its parents. The order says nothing more. */
  readonly nodes: readonly GraphNode[];
  /** Hashes (base64url) of parents that are missing; the events above them wait. */
  readonly missing: readonly string[];
}

/** The hash graph of events that came in any order, some of them perhaps repeatedly. */
export function stateGraph(events: Iterable<VerifiedStateEvent>): StateGraph {
  const known = new Map<string, VerifiedStateEvent>();
  for (const event of events) known.set(toBase64url(event.hash), event);
  const nodes: GraphNode[] = [];
  const places = new Map<string, number>();
  for (const [key, { event, hash }] of parentsFirst(known)) {
    const ancestors = new Bits(known.size);
    for (const parent of parentKeys(event)) {
      const node = nodes[places.get(parent)!]!;
      ancestors.addAll(node.ancestors);
      ancestors.add(node.index);
    }
    const index = nodes.length;
    places.set(key, index);
    nodes.push({ index, key, hash, event, ancestors, depth: ancestors.size });
  }
  return { nodes, missing: missingParents(known) };
}

/** Whether neither of two events knew of the other. */
export function areConcurrent(a: GraphNode, b: GraphNode): boolean {
  return a.index !== b.index && !a.ancestors.has(b.index) && !b.ancestors.has(a.index);
}

/** Those that none of the others has among its ancestors. */
export function newest<T extends GraphNode>(nodes: readonly T[]): T[] {
  return nodes.filter((node) => !nodes.some((other) => other.ancestors.has(node.index)));
}

function parentKeys(event: StateEvent): Set<string> {
  return new Set(event.parents.map((parent) => toBase64url(parent)));
}

/** Events in an order where each comes after its parents; those that miss an ancestor are left out. */
function parentsFirst(events: ReadonlyMap<string, VerifiedStateEvent>): Map<string, VerifiedStateEvent> {
  const children = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const [key, { event }] of events) {
    const parents = parentKeys(event);
    open.set(key, parents.size);
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), key]);
  }
  const ordered = new Map<string, VerifiedStateEvent>();
  const ready = [...open].filter(([, count]) => count === 0).map(([key]) => key);
  for (let key = ready.pop(); key !== undefined; key = ready.pop()) {
    ordered.set(key, events.get(key)!);
    for (const child of children.get(key) ?? []) {
      open.set(child, open.get(child)! - 1);
      if (open.get(child) === 0) ready.push(child);
    }
  }
  return ordered;
}

function missingParents(events: ReadonlyMap<string, VerifiedStateEvent>): string[] {
  const named = [...events.values()].flatMap(({ event }) => [...parentKeys(event)]);
  return [...new Set(named)].filter((key) => !events.has(key)).sort();
}

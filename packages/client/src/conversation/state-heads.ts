import { toBase64url } from '@sotto/protocol';
import { stateHead } from './state-fold.js';

/** The part of a state event that its place in the hash graph follows from. */
export interface GraphEvent {
  readonly hash: Uint8Array;
  readonly event: { readonly parents: readonly Uint8Array[] };
}

/** Sets of heads that are tried before a head counts as unknown: honest graphs are nearly lines. */
const MAX_TRIED = 4_096;

/**
 * Whether a state head (SPEC X12) is one that somebody who knows some of these events, and all ancestors of each, can
 * have. Any other was made of an event that is not here.
 */
export class StateHeads {
  readonly #events: readonly GraphEvent[];
  readonly #known: Set<string>;
  #all = false;

  /** @param events counted ones: the parents of each are among them */
  constructor(events: Iterable<GraphEvent>) {
    this.#events = [...events];
    this.#known = new Set([[], ...this.#events.map(({ hash }) => [hash])].map(nameOf));
    for (const { event } of this.#events) this.#known.add(nameOf(event.parents));
  }

  has(head: Uint8Array): boolean {
    const name = toBase64url(head);
    if (this.#known.has(name)) return true;
    if (!this.#all) this.#addConcurrent();
    return this.#known.has(name);
  }

  /** Heads of several events, none of which is an ancestor of another. */
  #addConcurrent(): void {
    this.#all = true;
    const ancestors = this.#ancestors();
    const concurrent = (a: GraphEvent, b: GraphEvent) =>
      !ancestors.get(keyOf(a))!.has(keyOf(b)) && !ancestors.get(keyOf(b))!.has(keyOf(a));
    let tried = 0;
    const extend = (chosen: readonly GraphEvent[], from: number) => {
      for (let at = from; at < this.#events.length && tried < MAX_TRIED; at += 1) {
        const next = this.#events[at]!;
        if (!chosen.every((event) => concurrent(event, next))) continue;
        tried += 1;
        const more = [...chosen, next];
        if (more.length > 1) this.#known.add(nameOf(more.map(({ hash }) => hash)));
        extend(more, at + 1);
      }
    };
    extend([], 0);
  }

  #ancestors(): Map<string, Set<string>> {
    const byKey = new Map(this.#events.map((event) => [keyOf(event), event]));
    const found = new Map<string, Set<string>>();
    for (const event of this.#events) {
      const above = new Set<string>();
      const open = event.event.parents.map((hash) => toBase64url(hash));
      for (let key = open.pop(); key !== undefined; key = open.pop()) {
        if (above.has(key)) continue;
        above.add(key);
        const known = found.get(key);
        if (known) for (const ancestor of known) above.add(ancestor);
        else open.push(...(byKey.get(key)?.event.parents ?? []).map((hash) => toBase64url(hash)));
      }
      found.set(keyOf(event), above);
    }
    return found;
  }
}

function keyOf({ hash }: GraphEvent): string {
  return toBase64url(hash);
}

function nameOf(heads: readonly Uint8Array[]): string {
  return toBase64url(stateHead(heads));
}

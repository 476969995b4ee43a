import type { AccountId, ConversationId } from '@sotto/protocol';
import { toBase64url } from '@sotto/protocol';
import { compareSpelling } from './clock.js';
import { directConversationId, groupConversationId } from './direct.js';
import { isConversationError } from './errors.js';
import { compareBytes, shortHash } from './hash.js';
import type { CreateEvent, Member } from './state-event.js';
import type { VerifiedStateEvent } from './state-signature.js';

/** Why an event that counts in the hash graph has no effect. */
export type StateRefusal = 'creation-invalid' | 'not-a-member' | 'epoch-not-next';

/** What the state log means. */
export interface ConversationState {
  readonly kind: 'direct' | 'group';
  /** Of a group; in a direct conversation neither is above the other. */
  readonly founder: AccountId | undefined;
  /** By account id. */
  readonly members: readonly Member[];
  /** From 0. */
  readonly epoch: number;
}

export interface StateFold {
  /** Undefined until a valid creation is there. */
  readonly state: ConversationState | undefined;
  /** Hashes of the events that no other names as parent, ascending: the parents of the next event. */
  readonly heads: readonly Uint8Array[];
  /** What envelopes carry of them: see {@link stateHead}. */
  readonly head: Uint8Array;
  /** Highest counter that an event with effect, or of a type unknown here, names; the server's own counter rules. */
  readonly counter: number;
  /** Hashes (base64url) of parents that are missing; the events above them wait. */
  readonly missing: readonly string[];
  /** Events without effect, by hash (base64url). */
  readonly refused: ReadonlyMap<string, StateRefusal>;
}

/** The state as one event's ancestors and itself make it. */
interface View {
  /** Of several valid creations, the one with the lowest hash stands. */
  readonly creation: { readonly hash: Uint8Array; readonly event: CreateEvent } | undefined;
  readonly epoch: number;
}

const NOTHING: View = { creation: undefined, epoch: 0 };

/** The 16 bytes that stand for a set of heads: SHA-256 over them, ascending (SPEC X12). */
export function stateHead(heads: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return shortHash(...[...heads].sort(compareBytes));
}

/**
 * Folds the state events of a conversation (SPEC X12). What an event may do is decided by its ancestors in the hash
 * graph alone, so any order of arrival gives the same result.
 * @param events each at most once or repeatedly, in any order
 */
export function foldState(conversation: ConversationId, events: Iterable<VerifiedStateEvent>): StateFold {
  const waiting = new Map<string, VerifiedStateEvent>();
  for (const event of events) waiting.set(toBase64url(event.hash), event);
  const views = new Map<string, View>();
  const refused = new Map<string, StateRefusal>();
  const heads = new Map<string, Uint8Array>();
  let counter = 0;

  for (const [key, { event, hash }] of parentsFirst(waiting)) {
    const parents = event.parents.map((parent) => toBase64url(parent));
    const before = parents.map((parent) => views.get(parent)!).reduce(join, NOTHING);
    const after = apply(conversation, before, { event, hash } as VerifiedStateEvent);
    views.set(key, typeof after === 'string' ? before : after);
    if (typeof after === 'string') refused.set(key, after);
    else counter = Math.max(counter, event.counter);
    for (const parent of parents) heads.delete(parent);
    heads.set(key, hash);
  }

  const sorted = [...heads.values()].sort(compareBytes);
  const joined = [...heads.keys()].map((key) => views.get(key)!).reduce(join, NOTHING);
  const missing = missingParents(waiting);
  return { state: describe(joined), heads: sorted, head: stateHead(sorted), counter, missing, refused };
}

/** Events in an order where each comes after its parents; those that miss an ancestor are left out. */
function parentsFirst(events: ReadonlyMap<string, VerifiedStateEvent>): Map<string, VerifiedStateEvent> {
  const children = new Map<string, string[]>();
  const open = new Map<string, number>();
  for (const [key, { event }] of events) {
    const parents = new Set(event.parents.map((parent) => toBase64url(parent)));
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
  const named = [...events.values()].flatMap(({ event }) => event.parents.map((hash) => toBase64url(hash)));
  return [...new Set(named)].filter((key) => !events.has(key)).sort();
}

function join(a: View, b: View): View {
  return { creation: lower(a.creation, b.creation), epoch: Math.max(a.epoch, b.epoch) };
}

function lower(a: View['creation'], b: View['creation']): View['creation'] {
  if (!a || !b) return a ?? b;
  return compareBytes(a.hash, b.hash) <= 0 ? a : b;
}

function apply(
  conversation: ConversationId,
  before: View,
  { event, hash }: VerifiedStateEvent,
): View | StateRefusal {
  if (event.type === 'create')
    return isValidCreation(conversation, event)
      ? { ...before, creation: { hash, event } }
      : 'creation-invalid';
  const members = before.creation?.event.body.members ?? [];
  if (!members.some(({ account }) => account === event.account)) return 'not-a-member';
  if (event.type === 'unknown') return before;
  // One step at a time: nobody can use up the epochs.
  return event.body.epoch === before.epoch + 1 ? { ...before, epoch: event.body.epoch } : 'epoch-not-next';
}

function isValidCreation(conversation: ConversationId, event: CreateEvent): boolean {
  const { kind, members, nonce } = event.body;
  if (event.parents.length > 0 || !members.some(({ account }) => account === event.account)) return false;
  if (kind === 'group') return groupConversationId(event.account, nonce) === conversation;
  const [a, b, ...more] = members;
  if (!a || !b || more.length > 0) return false;
  try {
    return directConversationId(a.account, b.account) === conversation;
  } catch (error) {
    if (isConversationError(error)) return false;
    throw error;
  }
}

function describe(view: View): ConversationState | undefined {
  if (!view.creation) return undefined;
  const { account, body } = view.creation.event;
  const members = [...body.members].sort((a, b) => compareSpelling(a.account, b.account));
  const founder = body.kind === 'group' ? account : undefined;
  return { kind: body.kind, founder, members, epoch: view.epoch };
}

import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { type Clock, compareSpelling } from './clock.js';
import { compareBytes, shortHash } from './hash.js';
import { judge } from './state-authority.js';
import type { FeedEnd, Member, Role } from './state-body.js';
import { areConcurrent, type GraphNode, newest, stateGraph } from './state-graph.js';
import type { VerifiedStateEvent } from './state-signature.js';
import { type Judgement, type StandingMember, type StateRefusal, StateView } from './state-view.js';

export type { Judgement, StateRefusal } from './state-view.js';

/** Somebody who is in. */
export interface MemberState extends Member {
  readonly role: Role;
  /** Every account key that was accepted of the member; {@link Member.identity} is the first. */
  readonly identities: readonly Uint8Array[];
  /** Who let the member in. */
  readonly by: AccountId;
  /** When, by the clock of who did. */
  readonly since: Clock;
}

/** How far what somebody said counts who was taken out, or went. */
export interface Departure {
  /** What was said in epochs below this one counts as far as {@link feeds} go. */
  readonly epoch: number;
  readonly feeds: readonly FeedEnd[] | 'all';
}

/** How far what a device said counts that is not its account's any more. */
export interface Bound {
  readonly account: AccountId;
  /** Its own among them; others' too, which were bounded with it. */
  readonly feeds: readonly FeedEnd[];
}

/** What the state log means. */
export interface ConversationState {
  readonly kind: 'direct' | 'group';
  /** Of a group; in a direct conversation neither is above the other. */
  readonly founder: AccountId | undefined;
  /** Of a group; else empty. */
  readonly name: string;
  /** Whether who joins later is given what was said before. */
  readonly sharesPast: boolean;
  /** By account id. */
  readonly members: readonly MemberState[];
  /** Of whoever ever left or was taken out. */
  readonly departures: ReadonlyMap<AccountId, readonly Departure[]>;
  /** Of whatever device is off its account's list and bounded for it: what it said counts as far as all of these go. */
  readonly bounds: ReadonlyMap<DeviceId, readonly Bound[]>;
  /** From 0. */
  readonly epoch: number;
  /**
   * Id of the state key that the newest epoch brought; undefined in epoch 0, where the creation's stands, null where whoever
   * brought one may not: then the next epoch is begun first.
   */
  readonly keyId: Uint8Array | undefined | null;
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
  /** Events with effect, each after its ancestors, otherwise in the order of hashes. */
  readonly effective: readonly EffectiveEvent[];
  /** Two events raise the conversation to the same counter, or one device wrote two that do not know of each other. */
  readonly forked: boolean;
}

/** An event with effect, and whom it let in or took out. */
export interface EffectiveEvent extends VerifiedStateEvent {
  readonly concerned: readonly AccountId[];
}

/** The 16 bytes that stand for a set of heads: SHA-256 over them, ascending (SPEC X12). */
export function stateHead(heads: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return shortHash(...[...heads].sort(compareBytes));
}

/**
 * Folds the state events of a conversation (SPEC X12). What an event may do is decided by its ancestors in the hash
 * graph alone, so any order of arrival gives the same result.
 * @param events each at most once or repeatedly, in any order
 * @param known what a fold of this conversation found of events before, by hash: ancestors never change
 */
export function foldState(
  conversation: ConversationId,
  events: Iterable<VerifiedStateEvent>,
  known: Map<string, Judgement> = new Map(),
): StateFold {
  const graph = stateGraph(events);
  const { nodes } = graph;
  const judged: Judgement[] = [];
  for (const node of nodes) {
    const judgement = known.get(node.key) ?? judge(conversation, nodes, judged, node);
    known.set(node.key, judgement);
    judged.push(judgement);
  }
  const view = new StateView(nodes, judged);
  const refused = refusals(nodes, judged, view);
  const heads = newest(nodes)
    .map(({ hash }) => hash)
    .sort(compareBytes);
  const counters = nodes.filter(({ key }) => !refused.has(key)).map(({ event }) => event.counter);
  return {
    state: describe(view, judged),
    heads,
    head: stateHead(heads),
    counter: counters.reduce((highest, counter) => Math.max(highest, counter), 0),
    missing: graph.missing,
    refused,
    effective: nodes
      .filter(({ key }) => !refused.has(key))
      .sort((a, b) => a.depth - b.depth || compareBytes(a.hash, b.hash))
      .map((node) => effectiveEvent(node, judged[node.index]!)),
    forked: isForked(nodes, judged),
  };
}

function refusals(
  nodes: readonly GraphNode[],
  judged: readonly Judgement[],
  view: StateView,
): Map<string, StateRefusal> {
  const refused = new Map<string, StateRefusal>();
  for (const node of nodes) {
    const { refusal } = judged[node.index]!;
    if (refusal) refused.set(node.key, refusal);
    else if (!view.holds(node)) refused.set(node.key, 'void');
  }
  return refused;
}

function effectiveEvent({ event, hash }: GraphNode, judgement: Judgement): EffectiveEvent {
  const concerned = judgement.refusal ? [] : judgement.concerned;
  return { event, hash, concerned } as unknown as EffectiveEvent;
}

/** Direct conversations may be created twice at once; nothing else happens twice under a server that tells the truth. */
function isForked(nodes: readonly GraphNode[], judged: readonly Judgement[]): boolean {
  const counters = new Set<number>();
  const latest = new Map<string, GraphNode>();
  for (const node of nodes) {
    const { event } = node;
    if (judged[node.index]!.refusal || event.type === 'create') continue;
    const before = latest.get(event.device);
    if (counters.has(event.counter) || (before && areConcurrent(before, node))) return true;
    counters.add(event.counter);
    latest.set(event.device, node);
  }
  return false;
}

function describe(view: StateView, judged: readonly Judgement[]): ConversationState | undefined {
  const { kind, key } = view;
  if (!kind) return undefined;
  const members = [...view.members.values()]
    .map((member) => describeMember(view, member))
    .sort((a, b) => compareSpelling(a.account, b.account));
  const departures = new Map<AccountId, Departure[]>();
  for (const account of view.ever()) {
    const gone = [...view.removalsOf(account)]
      .sort((a, b) => compareBytes(a.hash, b.hash))
      .map((node) => departure(account, node, judged));
    if (gone.length > 0) departures.set(account, gone);
  }
  return {
    kind,
    founder: view.founder,
    name: view.name,
    sharesPast: view.sharesPast,
    members,
    departures,
    bounds: describeBounds(view),
    epoch: view.epoch,
    keyId: key ? key.id : key,
  };
}

function describeBounds({ bounds }: StateView): Map<DeviceId, Bound[]> {
  const described = [...bounds].map(([device, nodes]): [DeviceId, Bound[]] => [
    device,
    [...nodes]
      .sort((a, b) => compareBytes(a.hash, b.hash))
      .map(({ event }) => ({ account: event.account, feeds: event.body.feeds })),
  ]);
  return new Map(described.sort(([a], [b]) => compareSpelling(a, b)));
}

function describeMember(view: StateView, member: StandingMember): MemberState {
  const { account, role, admissions } = member;
  const identities = view.identities(member);
  const [first] = [...admissions].sort((a, b) => a.depth - b.depth || compareBytes(a.hash, b.hash));
  const { event } = first!;
  return { account, role, identity: identities[0]!, identities, by: event.account, since: event.clock };
}

function departure(
  account: AccountId,
  { event, index }: ReturnType<StateView['removalsOf']>[number],
  judged: readonly Judgement[],
): Departure {
  if (event.type === 'remove') {
    const named = event.body.members.find((member) => member.account === account);
    return { epoch: event.body.epoch, feeds: named?.feeds ?? [] };
  }
  const judgement = judged[index]!;
  return { epoch: (judgement.refusal ? 0 : judgement.epoch) + 1, feeds: 'all' };
}

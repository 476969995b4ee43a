import type { AccountId, ConversationId } from '@sotto/protocol';
import { directConversationId, groupConversationId } from './direct.js';
import { isConversationError } from './errors.js';
import type { CreateEvent, KnownStateEvent } from './state-event.js';
import type { GraphNode } from './state-graph.js';
import { type Judgement, StateView } from './state-view.js';

type Refusal = NonNullable<Judgement['refusal']>;

/** Only admins do these. Everything else any member may. */
const ADMIN_ACTS = new Set<string>(['add', 'remove', 'role', 'rename', 'past']);
/** What is fixed between two. */
const GROUP_ACTS = new Set<string>([...ADMIN_ACTS, 'leave']);

/**
 * What an event may do, by its ancestors alone (SPEC X12).
 * @param judged of its ancestors, by index
 */
export function judge(
  conversation: ConversationId,
  nodes: readonly GraphNode[],
  judged: readonly Judgement[],
  node: GraphNode,
): Judgement {
  const { event } = node;
  if (event.type === 'create') return judgeCreation(conversation, event);
  const before = new StateView(nodes, judged, node.ancestors);
  const author = before.members.get(event.account);
  if (!author) return { refusal: 'not-a-member' };
  if (before.boundsOf(event).length > 0) return { refusal: 'device-gone' };
  const isAct = ADMIN_ACTS.has(event.type);
  if (before.kind === 'direct' && GROUP_ACTS.has(event.type)) return { refusal: 'direct' };
  if (isAct && author.role !== 'admin') return { refusal: 'not-an-admin' };
  const concerned = event.type === 'unknown' ? [] : judgeContent(event, before);
  if (typeof concerned === 'string') return { refusal: concerned };
  return {
    concerned,
    membership: author.admissions.map(({ key }) => key),
    authority: isAct ? author.promotions : undefined,
    epoch: before.epoch,
  };
}

function judgeCreation(conversation: ConversationId, event: CreateEvent): Judgement {
  if (!isValidCreation(conversation, event)) return { refusal: 'creation-invalid' };
  const concerned = event.body.members.map(({ account }) => account);
  return { concerned, membership: [], authority: undefined, epoch: 0 };
}

function isValidCreation(conversation: ConversationId, event: CreateEvent): boolean {
  const { kind, members, nonce } = event.body;
  const author = members.find(({ account }) => account === event.account);
  if (event.parents.length > 0 || !author) return false;
  if (kind === 'group')
    return author.role === 'admin' && groupConversationId(event.account, nonce) === conversation;
  const [a, b, ...more] = members;
  if (!a || !b || more.length > 0) return false;
  try {
    return directConversationId(a.account, b.account) === conversation;
  } catch (error) {
    if (isConversationError(error)) return false;
    throw error;
  }
}

/** @returns whom it lets in or takes out */
function judgeContent(
  event: Exclude<KnownStateEvent, CreateEvent>,
  before: StateView,
): readonly AccountId[] | Refusal {
  const isIn = (account: AccountId) => before.members.has(account);
  // One step at a time: nobody can use up the epochs.
  const isNext = (epoch: number) => epoch === before.epoch + 1;
  switch (event.type) {
    case 'add': {
      const joining = event.body.members.map(({ account }) => account).filter((account) => !isIn(account));
      return joining.length > 0 ? joining : 'nobody-concerned';
    }
    case 'remove': {
      const going = event.body.members.map(({ account }) => account).filter(isIn);
      if (!isNext(event.body.epoch)) return 'epoch-not-next';
      // Who goes leaves; taking oneself out would hand the new key to who is gone.
      return going.length > 0 && !going.includes(event.account) ? going : 'nobody-concerned';
    }
    case 'leave':
      return [event.account];
    case 'role':
    case 'identity':
      return isIn(event.body.account) ? [] : 'nobody-concerned';
    case 'epoch':
      return isNext(event.body.epoch) ? [] : 'epoch-not-next';
    case 'rename':
    case 'past':
    case 'bound':
      return [];
  }
}

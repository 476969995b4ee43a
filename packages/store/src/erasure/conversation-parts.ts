import type { AccountId, ConversationId } from '@sotto/protocol';
import { logName, parseId } from '@sotto/protocol';
import type { AccessLists } from '../access/access-lists.js';
import { decodeStateClaim } from '../access/state-claim.js';
import { dropAttachmentsOfConversation } from '../attachments/dropping.js';
import type { ClaimStore } from '../claims/claim-store.js';
import { conversationPrefix, memberKey } from '../keys.js';
import type { LogStore } from '../log/log-store.js';
import type { ErasurePart } from './erasure-runner.js';

export interface ConversationStores {
  readonly log: LogStore;
  readonly claims: ClaimStore;
  readonly access: AccessLists;
}

/** What an erased conversation consists of. `closed` comes first: from then on nobody writes to it or reads it. */
export function conversationParts(
  { log, claims, access }: ConversationStores,
  now: () => number = Date.now,
): ErasurePart[] {
  const conversation = (id: string) => parseId<ConversationId>(id);
  const erasing = (kind: 'm' | 'r' | 's') => (id: string) => log.erase(logName(kind, conversation(id)));
  return [
    { name: 'closed', run: (id) => access.erase(conversation(id)), once: true },
    { name: 'messages', run: erasing('m') },
    { name: 'receipts', run: erasing('r') },
    { name: 'state', run: erasing('s') },
    { name: 'attachments', run: (id) => dropAttachmentsOfConversation(claims, conversation(id), now()) },
    { name: 'members', run: (id) => eraseChain(claims, conversation(id)) },
    { name: 'closing', run: (id) => eraseClosing(claims, conversation(id)), last: true },
  ];
}

/** Who belonged, ever: the changes of its list but the last, and with them what says that an account belonged. */
async function eraseChain(claims: ClaimStore, conversation: ConversationId): Promise<number> {
  const chain = await claims.list({ prefix: conversationPrefix(conversation) });
  const accounts = new Set<AccountId>();
  for (const { body } of chain) {
    const { change, by } = decodeStateClaim(body);
    for (const { account } of change.members) accounts.add(account);
    if (by) accounts.add(by.account);
  }
  // The index first: it is found by the changes.
  await claims.erase([...accounts].map((account) => memberKey(account, conversation)));
  const before = chain.slice(0, -1).map(({ key }) => key);
  await claims.erase(before);
  return accounts.size;
}

/** The change by which it was closed: every server has heard of it, and that the id is used up lasts. */
async function eraseClosing(claims: ClaimStore, conversation: ConversationId): Promise<number> {
  const left = await claims.list({ prefix: conversationPrefix(conversation) });
  await claims.erase(left.map(({ key }) => key));
  return left.length;
}

import { type AccountId, type ConversationId, logName, parseId } from '@sotto/protocol';
import type { ConversationStores, ErasurePart } from '@sotto/store';
import {
  attachmentsLeftOfAccount,
  conversationParts,
  dropAttachmentsOfAccount,
  erasureName,
  isMember,
  leasePrefix,
  memberPrefix,
  orderErasure,
  parseMemberKey,
} from '@sotto/store';
import { accountDevicePrefix } from '../records/keys.js';
import { devicesOf } from './account-parts.js';

/** What the sync servers keep for an account; after its sessions have ended and its devices' inboxes are closed. */
export function storedParts(stores: ConversationStores, now: () => number): ErasurePart[] {
  const { claims } = stores;
  const account = (id: string) => parseId<AccountId>(id);
  return [
    { name: 'conversations', run: (id) => leaveAll(stores, account(id)) },
    { name: 'attachments', run: (id) => dropAttachmentsOfAccount(claims, account(id), now()) },
    { name: 'logs', run: (id) => eraseLogs(stores, account(id)) },
    {
      name: 'files',
      // Sync servers delete what was dropped, a moment later.
      run: async (id) => ((await attachmentsLeftOfAccount(claims, account(id))) === 0 ? 0 : undefined),
      last: true,
    },
    {
      name: 'device-ids',
      run: async (id) => {
        const keys = (await claims.list({ prefix: accountDevicePrefix(account(id)) })).map(({ key }) => key);
        await claims.erase(keys);
        return keys.length;
      },
      last: true,
    },
  ];
}

/** Account log, key archive, and of every device the inbox and the leases. */
async function eraseLogs({ log, claims }: ConversationStores, account: AccountId): Promise<number> {
  let erased = (await log.erase(logName('a', account))) + (await log.erase(logName('k', account)));
  for (const device of await devicesOf(claims, account)) {
    erased += await log.erase(logName('i', device));
    await claims.erase((await claims.list({ prefix: leasePrefix(device) })).map(({ key }) => key));
  }
  return erased;
}

/** Conversations in which nobody else is left go; of the others the account is no member any more. */
async function leaveAll(stores: ConversationStores, account: AccountId): Promise<number> {
  const memberships = await stores.claims.list({ prefix: memberPrefix(account) });
  for (const { key } of memberships) {
    await leave(stores, account, parseMemberKey(key).conversation);
    await stores.claims.erase([key]);
  }
  return memberships.length;
}

async function leave(
  stores: ConversationStores,
  account: AccountId,
  conversation: ConversationId,
): Promise<void> {
  const access = await stores.access.reread(conversation);
  if (!access || !isMember(access, account)) return;
  if (access.members.length > 1) {
    await stores.access.depart(conversation, account);
    return;
  }
  // An order of its own looks through it again later, as every erasure of a conversation does.
  const name = erasureName(Buffer.from(`${account} alone in ${conversation}`));
  await orderErasure(stores.claims, name, { what: 'conversation', id: conversation });
  for (const part of conversationParts(stores)) if (!part.last) await part.run(conversation);
}

import type { AccountId, ConversationId } from '@sotto/protocol';
import { parseId } from '@sotto/protocol';
import { AccessLists } from '../access/access-lists.js';
import type { LogStore } from '../log/log-store.js';
import { openLevelStores } from '../open-level.js';
import { TestMember } from './conversation.js';

/**
 * Creates a group and dies before its state record reaches the log: after the claim, at the first append. Arguments:
 * folder, conversation, founder.
 */
async function main([folder, conversationText, accountText]: readonly string[]): Promise<void> {
  const { log, claims } = await openLevelStores(folder!);
  const dying: LogStore = {
    append: () => new Promise(() => process.kill(process.pid, 'SIGKILL')),
    read: (document, have, most) => log.read(document, have, most),
    stateVector: (document) => log.stateVector(document),
    head: (name) => log.head(name),
    erase: (name) => log.erase(name),
    tail: (listener) => log.tail(listener),
    close: () => log.close(),
  };
  const conversation = parseId<ConversationId>(conversationText!);
  const founder = new TestMember(conversation, 1, parseId<AccountId>(accountText!));
  const change = { kind: 'group', members: [founder.as('admin')] } as const;
  await new AccessLists(dying, claims).advance(founder.request(0, change, 0));
}

await main(process.argv.slice(2));

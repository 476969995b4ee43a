import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { documentName, logName, openStruct, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LevelStores } from '../open-level.js';
import { openLevelStores } from '../open-level.js';
import { codeOf } from '../testing/code-of.js';
import { TestMember } from '../testing/conversation.js';
import type { TemporaryFolder } from '../testing/temporary-folder.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { AccessLists } from './access-lists.js';

interface Context {
  folder: TemporaryFolder;
  stores: LevelStores;
  conversation: ConversationId;
  founder: AccountId;
}

const test = suite<Context>('access lists after a crash');
const everything = new Map<number, number>();

/** Every test begins where a server died between the claim and the append of its state record. */
test.before.each(async (context) => {
  context.folder = await temporaryFolder();
  context.conversation = randomId<ConversationId>();
  context.founder = randomId<AccountId>();
  const program = fileURLToPath(new URL('../testing/dying-process.js', import.meta.url));
  const args = [program, context.folder.path, context.conversation, context.founder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  assert.is(await new Promise((resolve) => child.once('close', (_, signal) => resolve(signal))), 'SIGKILL');
  context.stores = await openLevelStores(context.folder.path);
});
test.after.each(async ({ folder, stores }) => {
  await stores.close();
  await folder.remove();
});

const stateDocument = (conversation: ConversationId) => documentName(logName('s', conversation), 0);

test('W7 whoever asks next finds the list, and puts the record into the log', async ({
  stores,
  conversation,
  founder,
}) => {
  const document = stateDocument(conversation);
  assert.equal(await stores.log.read(document, everything), [], 'the crash came before the append');
  const lists = new AccessLists(stores.log, stores.claims);
  const access = await lists.current(conversation);
  assert.is(access?.counter, 1);
  assert.equal(access?.members, [{ account: founder, role: 'admin' }]);
  const [record, ...rest] = await stores.log.read(document, everything);
  assert.equal(rest, []);
  assert.is(Buffer.from(openStruct(record!).envelope).toString(), '1.0');
  lists.close();
});

test('W2 the conversation is found by its member', async ({ stores, conversation, founder }) => {
  const lists = new AccessLists(stores.log, stores.claims);
  assert.equal(await lists.of(founder), [{ conversation, counter: 1 }]);
  await lists.current(conversation);
  assert.is(
    (await stores.log.read(stateDocument(conversation), everything)).length,
    1,
    'repaired also when known',
  );
  lists.close();
});

test('W7 the next change is made on top, with both records in the log', async ({
  stores,
  conversation,
  founder,
}) => {
  const lists = new AccessLists(stores.log, stores.claims);
  const member = new TestMember(conversation, 2, founder);
  const change = { kind: 'group', members: [member.as('admin')] } as const;
  assert.is(await codeOf(() => lists.advance(member.request(0, change, 0))), 'sync/stale');
  assert.is((await lists.advance(member.request(1, change, 0))).counter, 2);
  const stored = await stores.log.read(stateDocument(conversation), everything);
  assert.equal(
    stored.map(({ client, clock }) => [client, clock]),
    [
      [1, 0],
      [2, 0],
    ],
  );
  lists.close();
});

test('S5 a claimed record that the log refuses is an error, never silence', async ({
  stores,
  conversation,
}) => {
  const other = new TestMember(conversation, 1);
  await stores.log.append([other.feed.record(0, 'slipped in')]);
  const lists = new AccessLists(stores.log, stores.claims);
  assert.is(await codeOf(() => lists.current(conversation)), 'sync/fork');
  lists.close();
});

test.run();

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createAccountApi,
  createCookieJar,
  derivePasswordKeys,
  parseRecoveryKey,
} from '@sotto/client/account';
import type { ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, PASSWORD, type Person, signUp } from '../people/person.js';
import { readMailbox } from '../process/read-mailbox.js';
import { type Sotto, startSotto } from '../process/start-sotto.js';
import type { Needle } from '../scan/needle.js';
import { scanBytes, scanFolder } from '../scan/scan-folder.js';

/**
 * What lies on disks: everything that Sotto's server and two devices keep of a conversation is looked through for what
 * nobody but its members may read. What the scan would find if it were there is shown beside it, in ops/src/scan.
 */
const test = suite('at rest, headless');
const sotto = await startSotto();
const people: Person[] = [];
test.after(async () => {
  for (const person of people) await person.remove();
  await sotto.remove();
});

const servers = {
  get origin() {
    return sotto.origin;
  },
  linkToken: async (email: string) => (await readMailbox(sotto, email)).split('#')[1]!,
};

const TEXTS = {
  message: 'meet me where the heron stood at a quarter to nine',
  'long message': 'under the third plank, behind the blue rope. '.repeat(300),
  answer: 'ναι, στις εννέα παρά τέταρτο, 👩‍👩‍👧 μαζί',
  draft: 'a sentence that nobody was ever meant to see',
  'queued message': 'written while the server was away and closed',
};

/** What must be nowhere, of one person. */
async function secretsOf(person: Person, recoveryKey: string): Promise<Needle[]> {
  const api = createAccountApi({ origin: sotto.origin, cookies: createCookieJar() });
  const { kdf } = await api.prelogin({ login: person.name });
  const { authKey, vaultHalf } = await derivePasswordKeys(PASSWORD, kdf);
  const cookie = person.cookies().map((line) => line.split(';')[0]!.split('=').slice(1).join('='))[0]!;
  assert.ok(cookie.length > 20);
  return [
    { name: 'password', secret: PASSWORD },
    { name: 'recovery key', secret: recoveryKey },
    { name: 'recovery key without hyphens', secret: recoveryKey.replaceAll('-', '') },
    { name: 'recovery key in lower case', secret: recoveryKey.replaceAll('-', '').toLowerCase() },
    { name: 'recovery key as bytes', secret: parseRecoveryKey(recoveryKey) },
    { name: 'authentication half', secret: authKey },
    { name: 'vault half', secret: vaultHalf },
    { name: 'refresh token', secret: cookie },
  ];
}

/** Every place that is kept, looked through for `needles`. */
async function scanEverything(needles: readonly Needle[]) {
  return [
    ...(await scanFolder(sotto.data, needles)),
    ...scanBytes('output', Buffer.from(sotto.output()), needles),
    ...(await scanFolder(people[0]!.folder, needles)),
    ...(await scanFolder(people[1]!.folder, needles)),
  ];
}

const names = (found: readonly { needle: string }[]) =>
  [...new Set(found.map(({ needle }) => needle))].sort();

async function closeAll(server: Sotto, signal: NodeJS.Signals): Promise<void> {
  for (const person of people) await person.engine.close();
  await server.kill(signal);
}

test('U9: no message, draft, password or key is to be read in what the server and the devices keep', async () => {
  const [heron, otter] = [
    await newPerson(servers, 'heron-at-rest'),
    await newPerson(servers, 'otter-at-rest'),
  ];
  people.push(heron, otter);
  const keys = [await signUp(servers, heron), await signUp(servers, otter)];
  const secrets: Needle[] = Object.entries(TEXTS).map(([name, text]) => ({
    name,
    secret: text.slice(0, 44),
  }));
  secrets.push(...(await secretsOf(heron, keys[0]!.recoveryKey)));
  secrets.push(...(await secretsOf(otter, keys[1]!.recoveryKey)));

  const { conversation } = await heron.engine.calls.startDirect({ username: 'otter-at-rest' });
  await talk(heron, otter, conversation);
  // A wrong password, too, is nobody's business.
  const { login } = createAccountApi({ origin: sotto.origin, cookies: createCookieJar() });
  await login({ login: 'heron-at-rest', authKey: new Uint8Array(32) }).then(
    () => assert.unreachable(),
    (error) => assert.is(error.code, 'auth/credentials-wrong'),
  );

  // As it lies after a crash: in write-ahead logs.
  await sotto.kill('SIGKILL');
  await heron.engine.calls.send({ conversation, text: TEXTS['queued message'] });
  await heron.engine.calls.saveDraft({ conversation, text: TEXTS.draft });
  await closeAll(sotto, 'SIGKILL');
  assert.equal(await scanEverything(secrets), []);

  // And after everything was opened again: in compressed tables, with a message more.
  await sotto.restart();
  for (const person of people) await person.reload();
  await heron.untilTimeline(
    conversation,
    ({ items, draft }) =>
      draft === TEXTS.draft &&
      items.length === 4 &&
      items.every((item) => isMessage(item) && item.mark !== 'queued'),
  );
  await closeAll(sotto, 'SIGTERM');
  assert.equal(await scanEverything(secrets), []);

  // The same scan does see these folders: usernames, addresses and ids may be read.
  const open = [
    { name: 'username', secret: 'otter-at-rest' },
    { name: 'address', secret: 'heron-at-rest@example.org' },
    { name: 'conversation', secret: conversation },
  ];
  assert.equal(names(await scanFolder(sotto.data, open)), ['address', 'conversation', 'username']);
  assert.equal(names(await scanFolder(heron.folder, open)), ['conversation']);
  assert.ok((await stat(join(sotto.data, 'sotto.log'))).size > 0);
  assert.equal(
    people.flatMap(({ faults }) => faults),
    [],
  );
});

async function talk(heron: Person, otter: Person, conversation: ConversationId): Promise<void> {
  await heron.engine.calls.send({ conversation, text: TEXTS.message });
  await otter.untilList((list) => list.length === 1);
  await otter.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await heron.engine.calls.send({ conversation, text: TEXTS['long message'] });
  await otter.engine.calls.send({ conversation, text: TEXTS.answer });
  await heron.untilTimeline(conversation, ({ items }) => items.length === 3);
  await otter.untilTimeline(conversation, ({ items }) => items.length === 3);
}

test.run();

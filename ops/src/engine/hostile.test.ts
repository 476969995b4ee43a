import type { AccountId, ConversationId, DeviceId, LogName } from '@sotto/protocol';
import {
  decodeSignedDeviceList,
  documentName,
  encodeCbor,
  encodeStruct,
  feedRoot,
  idBytes,
  LIMITS,
  logName,
  randomId,
} from '@sotto/protocol';
import { deviceListPrefix } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, type Person, type PersonOptions, said, signUp } from '../people/person.js';
import { runServers } from './testing/running-servers.js';
import { type Tampering, tamperingSockets } from './testing/tampering-socket.js';
import { wholeTimeline } from './testing/whole-timeline.js';

/** What strangers, peers, networks and servers that mean no good, or have no luck, can't do to a device. */
const test = suite('hostile, headless');
const servers = await runServers();
const people: Person[] = [];
test.after(async () => {
  for (const person of people) await person.remove();
  await servers.remove();
});

async function somebody(name: string, options: PersonOptions = {}): Promise<Person> {
  const person = await newPerson(servers, name, options);
  people.push(person);
  await signUp(servers, person);
  return person;
}

/** The second has accepted the first, and both have said something. */
async function acquaint(first: Person, second: Person): Promise<ConversationId> {
  const { conversation } = await first.engine.calls.startDirect({ username: second.name });
  await first.engine.calls.send({ conversation, text: `from ${first.name}` });
  await second.untilList((list) => list.length === 1);
  await second.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await second.engine.calls.send({ conversation, text: `from ${second.name}` });
  await first.untilTimeline(conversation, ({ items }) => items.length === 2);
  return conversation;
}

async function inboxOf(person: Person): Promise<LogName> {
  const account = await new Promise<AccountId>((resolve) => {
    const stop = person.engine.watch('session', null, (session) => {
      if (session.state !== 'signed-in') return;
      queueMicrotask(() => stop());
      resolve(session.account);
    });
  });
  const [list] = await servers.stores.claims.list({ prefix: deviceListPrefix(account), reverse: true });
  return logName('i', decodeSignedDeviceList(list!.body).list.devices[0]!.id);
}

test('X13: an inbox element that names an account nobody has stops no key record behind it', async () => {
  const [victim, friend] = [await somebody('victim'), await somebody('friend')];
  const inbox = await inboxOf(victim);
  await victim.engine.close();
  const document = documentName(inbox, 0);
  const stranger = randomId<DeviceId>();
  const element = encodeCbor({
    v: 1,
    account: idBytes(randomId<AccountId>()),
    kind: 'prekey',
    body: new Uint8Array(64),
  });
  // The highest client id there is comes first in every answer.
  const client = Number.MAX_SAFE_INTEGER;
  const body = encodeStruct(feedRoot(stranger, client), client, 0, element);
  await servers.stores.log.append([{ document, client, clock: 0, body }]);

  const { conversation } = await friend.engine.calls.startDirect({ username: 'victim' });
  await friend.engine.calls.send({ conversation, text: 'past the poison' });
  await friend.untilTimeline(conversation, ({ items }) =>
    items.some((i) => isMessage(i) && i.mark === 'sent'),
  );
  await victim.reload();
  await victim.untilList(([only]) => only?.last?.text === 'past the poison');
});

test('G2: a device that was refused more often than a connection grants client ids still sends', async () => {
  let refuse = 0;
  let refused = 0;
  const tampering: Tampering = {
    incoming(frame) {
      if (frame.type !== 'ack' || refuse === 0 || !frame.document.startsWith('m.')) return [frame];
      refuse -= 1;
      refused += 1;
      const { batch, document: subject } = frame;
      return [{ type: 'error', code: 'sync/client-id', retry: 'anew', retryAfterMs: 0, batch, subject }];
    },
  };
  const writer = await somebody('writer', { openSocket: tamperingSockets(tampering) });
  const reader = await somebody('reader');
  const conversation = await acquaint(writer, reader);
  const texts: string[] = [];
  for (let message = 0; message < 34; message += 1) {
    refuse = 2;
    texts.push(`message ${message}`);
    await writer.engine.calls.send({ conversation, text: texts.at(-1)! });
    await writer.untilTimeline(conversation, ({ items }) =>
      items.some((item) => isMessage(item) && item.text === texts.at(-1) && item.mark !== 'queued'),
    );
  }
  // What was refused once may come back from the log before it is refused again.
  assert.ok(refused > LIMITS.grants, `${refused} refusals`);
  const there = await wholeTimeline(reader, conversation, ({ items }) => items.length === 36);
  assert.equal(
    said(there).slice(2),
    texts.map((text) => `writer: ${text}`),
  );
});

test('W1: however often a device is told to reconnect, it opens one socket', async () => {
  let open = 0;
  let slow = false;
  const sockets = tamperingSockets({});
  const restless = await somebody('restless', {
    openSocket: (url) => {
      open += 1;
      return sockets(url);
    },
    fetch: async (input, init) => {
      if (slow) await new Promise((resolve) => setTimeout(resolve, 300));
      return fetch(input, init);
    },
  });
  await restless.engine.close();
  open = 0;
  slow = true;
  await restless.reload();
  for (let times = 0; times < 5; times += 1) await restless.engine.calls.reconnect();
  await restless.untilOnline();
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.is(open, 1);
});

test('X10: a state envelope that nobody can open makes no device ask without end', async () => {
  let asked = 0;
  const asker = await somebody('asker', {
    openSocket: tamperingSockets({
      outgoing(frame) {
        if (frame.type === 'subscribe' || frame.type === 'sync') asked += 1;
      },
    }),
  });
  const other = await somebody('other');
  const conversation = await acquaint(asker, other);
  await asker.engine.close();
  const document = documentName(logName('s', conversation), 0);
  const body = encodeStruct(
    feedRoot(randomId<DeviceId>(), 77),
    77,
    0,
    Uint8Array.of(1, ...Array(200).fill(9)),
  );
  await servers.stores.log.append([{ document, client: 77, clock: 0, body }]);
  await asker.reload();
  await asker.untilOnline();
  asked = 0;
  await asker.engine.calls.send({ conversation, text: 'waits for the key' });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.ok(asked < 20, `${asked} requests`);
});

test.run();

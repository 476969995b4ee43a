import type { ConversationId } from '@sotto/protocol';
import { parseDocumentName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, type Person, type PersonOptions, said, signUp } from '../people/person.js';
import { runServers } from './testing/running-servers.js';
import { type Tampering, tamperingSockets } from './testing/tampering-socket.js';
import { wholeTimeline } from './testing/whole-timeline.js';

/** Connections that end while a device catches up. */
const test = suite('catching up, headless');
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

test('S4: messages of a segment that was not answered before the connection ended are not lost', async () => {
  let cut = false;
  const tampering: Tampering = {
    incoming(frame, socket) {
      if (!cut || frame.type !== 'sync' || !frame.document.startsWith('m.')) return [frame];
      if (parseDocumentName(frame.document).document.segment > 0) return [frame];
      // The newest segment is here; the network goes before the older one came.
      setTimeout(() => socket.terminate(), 200);
      return [];
    },
  };
  const away = await somebody('away', { openSocket: tamperingSockets(tampering) });
  const talker = await somebody('talker');
  const conversation = await acquaint(talker, away);
  await away.engine.close();
  const texts = Array.from({ length: 300 }, (_, index) => `line ${index}`);
  for (const text of texts) await talker.engine.calls.send({ conversation, text });
  await talker.untilTimeline(conversation, ({ items }) =>
    items.every((item) => !isMessage(item) || item.mark !== 'queued'),
  );
  cut = true;
  await away.reload();
  await away.untilList(([only]) => only?.last?.text === 'line 299');
  await new Promise((resolve) => setTimeout(resolve, 500));
  cut = false;
  await away.reload();
  await away.untilOnline();
  const all = await wholeTimeline(away, conversation, ({ items }) => items.length >= 302);
  assert.equal(
    said(all).filter((line) => line.startsWith('talker: line')),
    texts.map((text) => `talker: ${text}`),
  );
});

test.run();

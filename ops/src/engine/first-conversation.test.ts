import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, said, signUp } from './testing/person.js';
import { runServers } from './testing/running-servers.js';

/** Two engines in Node against the real servers: the thin path through every part but the page. */
const test = suite('first conversation, headless');
const servers = await runServers();
test.after(() => servers.remove());

test('U7: two people exchange messages, see them delivered and read, and a stranger is a request first', async () => {
  const mara = await newPerson(servers, 'mara');
  const noor = await newPerson(servers, 'noor');
  await signUp(servers, mara);
  await signUp(servers, noor);

  const { conversation } = await mara.engine.calls.startDirect({ username: 'noor' });
  await mara.engine.calls.send({ conversation, text: 'Did the ferry times change again?' });
  const sent = await mara.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.mark === 'sent'),
  );
  assert.equal(said(sent), ['mara: Did the ferry times change again?']);

  const [request] = await noor.untilList((list) => list.length === 1 && list[0]!.unread === 1);
  assert.is(request!.standing, 'request');
  assert.is(request!.peer.username, 'mara');
  assert.is(request!.id, conversation);
  assert.is(request!.last?.text, 'Did the ferry times change again?');

  await noor.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await mara.untilTimeline(conversation, ({ items }) =>
    items.every((item) => isMessage(item) && item.mark === 'delivered'),
  );
  const open = await noor.untilTimeline(conversation, ({ items }) => items.length === 1);
  assert.is(open.unreadFrom, open.items[0]!.id);
  await noor.engine.calls.markRead({ conversation, event: open.items[0]!.id as never });
  await mara.untilTimeline(conversation, ({ items }) =>
    items.every((item) => isMessage(item) && item.mark === 'read'),
  );

  await noor.engine.calls.send({ conversation, text: '09:10 is right, I asked at the desk.' });
  const answered = await mara.untilTimeline(conversation, ({ items }) => items.length === 2);
  assert.equal(said(answered), [
    'mara: Did the ferry times change again?',
    'noor: 09:10 is right, I asked at the desk.',
  ]);
  assert.is((await mara.conversations())[0]!.standing, 'accepted');
  assert.equal(mara.faults, []);
  assert.equal(noor.faults, []);
  await mara.remove();
  await noor.remove();
});

test.run();

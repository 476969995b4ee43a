import type { TimelineSnapshot } from '@sotto/client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, PASSWORD, said, signUp } from '../people/person.js';
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
  assert.is(request!.peer?.username, 'mara');
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

test('U8: both write while the server is away, one reloads meanwhile, and everything converges once', async () => {
  const teo = await newPerson(servers, 'teo');
  const ilse = await newPerson(servers, 'ilse');
  await signUp(servers, teo);
  await signUp(servers, ilse);
  const { conversation } = await teo.engine.calls.startDirect({ username: 'ilse' });
  await teo.engine.calls.send({ conversation, text: 'online 0' });
  await ilse.untilList((list) => list.length === 1);
  await ilse.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await ilse.engine.calls.send({ conversation, text: 'online 1' });
  await teo.untilTimeline(conversation, ({ items }) => items.length === 2);

  await servers.stop();
  for (let index = 0; index < 5; index += 1) {
    await teo.engine.calls.send({ conversation, text: `teo offline ${index}` });
    await ilse.engine.calls.send({ conversation, text: `ilse offline ${index}` });
  }
  await teo.reload();
  const reloaded = await teo.untilTimeline(conversation, ({ items }) => items.length === 7);
  assert.is(reloaded.items.filter((item) => isMessage(item) && item.mark === 'queued').length, 5);
  await teo.engine.calls.send({ conversation, text: 'teo after reload' });

  await servers.start();
  await teo.engine.calls.reconnect();
  await ilse.engine.calls.reconnect();
  const all = (timeline: { items: readonly unknown[] }) => timeline.items.length === 13;
  await teo.engine.calls.loadOlder({ conversation });
  await ilse.untilTimeline(conversation, ({ items }) => items.length >= 10);
  await ilse.engine.calls.loadOlder({ conversation });
  const [a, b] = [await teo.untilTimeline(conversation, all), await ilse.untilTimeline(conversation, all)];
  assert.equal(said(a), said(b));
  assert.is(new Set(said(a)).size, 13);
  await teo.untilTimeline(conversation, ({ items }) =>
    items.every((item) => isMessage(item) && item.mark !== 'queued'),
  );
  assert.equal([...teo.faults, ...ilse.faults], []);
  await teo.remove();
  await ilse.remove();
});

test('U11: a second device reads what was said before it was linked, and hears from then on', async () => {
  const samir = await newPerson(servers, 'samir');
  const dina = await newPerson(servers, 'dina');
  await signUp(servers, samir);
  await signUp(servers, dina);
  const { conversation } = await samir.engine.calls.startDirect({ username: 'dina' });
  await samir.engine.calls.send({ conversation, text: 'before' });
  await dina.untilList((list) => list.length === 1);
  await dina.engine.calls.answerRequest({ conversation, answer: 'accept' });

  const phone = await newPerson(servers, 'dina-phone');
  await phone.engine.calls.signIn({ login: 'dina', password: PASSWORD });
  await phone.untilOnline();
  // Samir hears of the new device by a notice; what he writes from then on reaches it.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await samir.engine.calls.send({ conversation, text: 'after' });
  const heard = await phone.untilTimeline(conversation, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === 'after'),
  );
  assert.equal(said(heard), ['samir: before', 'samir: after']);
  assert.ok(heard.items.every(({ kind }) => kind !== 'waiting'));
  await phone.engine.calls.send({ conversation, text: 'from my phone' });
  const isWhole = (timeline: TimelineSnapshot) => said(timeline).length === 3;
  await samir.untilTimeline(conversation, isWhole);
  const desk = await dina.untilTimeline(conversation, isWhole);
  assert.equal(said(desk), ['samir: before', 'samir: after', 'dina: from my phone']);
  assert.equal([...samir.faults, ...dina.faults, ...phone.faults], []);
  for (const person of [samir, dina, phone]) await person.remove();
});

test.run();

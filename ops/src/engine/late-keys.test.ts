import { openNodeProfiles } from '@sotto/client/store/node';
import { encodeServerFrame, packFrames } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, type Person, said, signUp } from '../people/person.js';
import { runServers } from './testing/running-servers.js';
import { tamperingSockets } from './testing/tampering-socket.js';

/** Messages that are here before their key, with the real servers. */
const test = suite('late keys, headless');
const servers = await runServers();
const people: Person[] = [];
const holding: (() => void)[] = [];
test.after(async () => {
  // A device whose store is held up does not close.
  for (const letGo of holding) letGo();
  for (const person of people) await person.remove();
  await servers.remove();
});

/** Stores whose chains can be held up, and whose messages can be refused. */
function hinderedStores() {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const state = { refuse: false, letGo };
  holding.push(letGo);
  const open = (folder: string) =>
    openNodeProfiles(folder, ({ keys, messages }) => ({
      keys: {
        ...keys,
        async write(batch) {
          if (batch.some(({ key }) => key.startsWith('chain/in/'))) await held;
          return keys.write(batch);
        },
      },
      messages: {
        ...messages,
        put: async (envelopes) => {
          if (state.refuse) throw new Error('the disk is full');
          return messages.put(envelopes);
        },
      },
    }));
  return { state, open };
}

test('U8: a message that came before its key is shown as waiting, and opens when the key comes', async () => {
  const { state, open } = hinderedStores();
  const [mara, noor] = [
    await newPerson(servers, 'mara'),
    await newPerson(servers, 'noor', { profiles: open }),
  ];
  people.push(mara, noor);
  await signUp(servers, mara);
  await signUp(servers, noor);
  const { conversation } = await mara.engine.calls.startDirect({ username: 'noor' });
  await noor.engine.calls.startDirect({ username: 'mara' });
  await mara.engine.calls.send({ conversation, text: 'early' });
  const early = await noor.untilTimeline(conversation, ({ items }) => items.length > 0);
  assert.equal(
    early.items.map(({ kind }) => kind),
    ['waiting'],
  );
  state.letGo();
  const opened = await noor.untilTimeline(conversation, ({ items }) => items.every(isMessage));
  assert.equal(said(opened), ['mara: early']);
  assert.equal([...mara.faults, ...noor.faults], []);
});

test('U8 U11: a message that is here before its key is none of before this device, however late the archive is', async () => {
  const { state, open } = hinderedStores();
  const held: (() => void)[] = [];
  let isHeld = true;
  // The archive's answers come when everything else is long there.
  const openSocket = tamperingSockets({
    incoming(frame, socket) {
      const isArchive =
        (frame.type === 'head' && frame.log.startsWith('k.')) ||
        (frame.type === 'sync' && frame.document.startsWith('k.'));
      if (!isHeld || !isArchive) return [frame];
      held.push(() => socket.emit('message', Buffer.from(packFrames([encodeServerFrame(frame)])), true));
      return [];
    },
  });
  const [uli, vera] = [
    await newPerson(servers, 'uli'),
    await newPerson(servers, 'vera', { profiles: open, openSocket }),
  ];
  people.push(uli, vera);
  await signUp(servers, uli);
  await signUp(servers, vera);
  const { conversation } = await uli.engine.calls.startDirect({ username: 'vera' });
  await vera.engine.calls.startDirect({ username: 'uli' });
  await uli.engine.calls.send({ conversation, text: 'early' });
  await vera.untilTimeline(conversation, ({ items }) => items[0]?.kind === 'waiting');
  isHeld = false;
  assert.ok(held.length > 0, 'the archive was held up');
  for (const pass of held) pass();
  await new Promise<void>((resolve) => {
    vera.engine.watch('history', null, ({ state: of }) => of === 'complete' && resolve());
  });
  await uli.engine.calls.send({ conversation, text: 'and another' });
  const { items } = await vera.untilTimeline(conversation, (timeline) => timeline.items.length >= 2);
  assert.equal(
    items.map(({ kind }) => kind),
    ['waiting', 'waiting'],
  );
  state.letGo();
  const opened = await vera.untilTimeline(conversation, (timeline) => timeline.items.every(isMessage));
  assert.equal(said(opened), ['uli: early', 'uli: and another']);
  assert.equal([...uli.faults, ...vera.faults], []);
});

test('U8: a message whose key came just before the program ended is open when it begins again', async () => {
  const { state, open } = hinderedStores();
  const [teo, ilse] = [await newPerson(servers, 'teo'), await newPerson(servers, 'ilse', { profiles: open })];
  people.push(teo, ilse);
  await signUp(servers, teo);
  await signUp(servers, ilse);
  const { conversation } = await teo.engine.calls.startDirect({ username: 'ilse' });
  await ilse.engine.calls.startDirect({ username: 'teo' });
  await teo.engine.calls.send({ conversation, text: 'early' });
  await ilse.untilTimeline(conversation, ({ items }) => items[0]?.kind === 'waiting');
  state.refuse = true;
  state.letGo();
  for (let tries = 0; ilse.faults.length === 0; tries += 1) {
    assert.ok(tries < 300, 'the store that refused was reported');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await servers.stop();
  state.refuse = false;
  await ilse.reload();
  const opened = await ilse.untilTimeline(conversation, ({ items }) => items.length > 0);
  assert.equal(said(opened), ['teo: early']);
  await servers.start();
});

test.run();

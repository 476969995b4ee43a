import { openNodeProfiles } from '@sotto/client/store/node';
import type { ConversationId, DeviceFrame } from '@sotto/protocol';
import { parseLogName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, signUp } from '../people/person.js';
import { makeCrowd } from './testing/crowd.js';
import { runServers } from './testing/running-servers.js';
import { tamperingSockets } from './testing/tampering-socket.js';

/** What one device does in a group of 50 accounts with 200 devices, counted. */
const test = suite('200 devices in a group, headless');
const PEOPLE = 49;
const DEVICES = 4;
const servers = await runServers();
const crowd = makeCrowd(PEOPLE, DEVICES);

/** What was sent and written since the last look. */
const counts = { inboxes: 0, inboxFrames: 0, advances: 0, messages: 0, writes: 0 };
const seen = new Set<string>();

function count(frame: DeviceFrame): void {
  if (frame.type === 'advance') counts.advances += 1;
  if (frame.type !== 'append') return;
  const { kind, owner } = parseLogName(frame.document.slice(0, frame.document.lastIndexOf('.'))).log;
  if (kind === 'm') counts.messages += 1;
  if (kind !== 'i') return;
  counts.inboxFrames += 1;
  seen.add(owner);
  counts.inboxes = seen.size;
}

function begin(): void {
  Object.assign(counts, { inboxes: 0, inboxFrames: 0, advances: 0, messages: 0, writes: 0 });
  Object.assign(crowd.asked, { people: 0, bundles: 0 });
  seen.clear();
}

const ada = await newPerson(servers, 'ada', {
  fetch: crowd.fetch,
  openSocket: tamperingSockets({ outgoing: count }),
  profiles: (folder) =>
    openNodeProfiles(folder, ({ keys, messages }) => ({
      messages,
      keys: {
        ...keys,
        write: (batch) => {
          counts.writes += 1;
          return keys.write(batch);
        },
      },
    })),
});
test.after(async () => {
  await ada.remove();
  await servers.remove();
});
await signUp(servers, ada);
let group: ConversationId;

/** Resolves when the newest message of the group is on the server. */
const untilSent = (text: string) =>
  ada.untilTimeline(group, ({ items }) =>
    items.some((item) => isMessage(item) && item.text === text && item.mark === 'sent'),
  );

const others = PEOPLE * DEVICES;

/** Waits for frames into inboxes that nothing else waits for. */
async function untilFrames(count: number): Promise<void> {
  for (let waited = 0; counts.inboxFrames < count && waited < 15_000; waited += 50)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

test('item 6: making the group writes once to each inbox, asks once for each bundle, and looks people up in few requests', async () => {
  begin();
  const people = crowd.people.map(({ account }) => account);
  ({ conversation: group } = await ada.engine.calls.createGroup({
    name: 'Everybody',
    people,
    sharesPast: false,
  }));
  await ada.untilDetails(group, ({ pending }) => pending.length === 0);
  assert.is(counts.advances, 1);
  assert.equal([counts.inboxes, counts.inboxFrames], [others, others]);
  assert.is(crowd.asked.bundles, others);
  assert.ok(crowd.asked.people < 10, `${crowd.asked.people} look-ups`);
  const { members } = await ada.untilDetails(group, () => true);
  assert.is(members.length, PEOPLE + 1);
});

test('item 6: a message costs one frame and nothing for any device', async () => {
  await ada.engine.calls.send({ conversation: group, text: 'first' });
  await untilSent('first');
  begin();
  await ada.engine.calls.send({ conversation: group, text: 'second' });
  await untilSent('second');
  assert.equal([counts.messages, counts.inboxFrames, counts.advances], [1, 0, 0]);
  assert.equal([crowd.asked.people, crowd.asked.bundles], [0, 0]);
  assert.ok(counts.writes < 12, `${counts.writes} writes`);
});

test('item 6: taking somebody out gives each device one record, of keys if it stays, and begins an epoch by one event', async () => {
  begin();
  const [gone] = crowd.people;
  await ada.engine.calls.removeMember({ conversation: group, account: gone!.account });
  await ada.untilDetails(group, ({ members, pending }) => members.length === PEOPLE && pending.length === 0);
  await ada.engine.calls.send({ conversation: group, text: 'without them' });
  await untilSent('without them');
  // Those who are out hear by whom.
  await untilFrames(others);
  assert.equal([counts.inboxes, counts.inboxFrames], [others, others]);
  assert.is(counts.advances, 1);
  assert.is(crowd.asked.bundles, 0);
});

test('item 6: epoch after epoch nothing stalls: the pace of inboxes is kept', async () => {
  begin();
  for (const { account } of crowd.people.slice(1, 4))
    await ada.engine.calls.removeMember({ conversation: group, account });
  await ada.untilDetails(
    group,
    ({ members, pending }) => members.length === PEOPLE - 3 && pending.length === 0,
  );
  await ada.engine.calls.send({ conversation: group, text: 'fewer' });
  await untilSent('fewer');
  assert.is(counts.advances, 3);
  const records = [2, 3, 4].reduce((sum, removed) => sum + others - (removed - 1) * DEVICES, 0);
  await untilFrames(records);
  assert.is(counts.inboxFrames, records);
  assert.equal(ada.faults.map(String), []);
});

test('item 3: a device that was removed gets nothing of the next epoch, which begins before anything is said', async () => {
  const person = crowd.people[10]!;
  const [removed] = person.devices;
  const linked = await crowd.replaceDevice(person, removed!);
  await ada.reload();
  await ada.untilOnline();
  begin();
  await ada.engine.calls.send({ conversation: group, text: 'under new keys' });
  await untilSent('under new keys');
  assert.is(counts.advances, 1);
  assert.is(seen.has(removed!), false);
  assert.is(seen.has(linked), true);
  assert.is(counts.inboxes, others - 4 * DEVICES);
  assert.equal(ada.faults.map(String), []);
});

test.run();

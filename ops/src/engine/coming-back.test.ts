import type { ConversationId, DeviceFrame, ServerFrame } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newPerson, type Person, said, signUp } from '../people/person.js';
import { companyOf } from './testing/company.js';
import { runServers } from './testing/running-servers.js';
import { tamperingSockets } from './testing/tampering-socket.js';

/** A device that was away, with the real servers: what it asks when it comes back. */
const test = suite('coming back, headless');
const HOUR_MS = 60 * 60_000;
const clock = { behind: 24 * HOUR_MS, ahead: 0 };
const servers = await runServers(undefined, { now: () => Date.now() - clock.behind });
const { kept } = companyOf(test, servers);

/** What passed since it was looked at last. */
const sent: DeviceFrame[] = [];
const came: ServerFrame[] = [];
const openSocket = tamperingSockets({
  incoming(frame) {
    came.push(frame);
    return [frame];
  },
  outgoing: (frame) => void sent.push(frame),
});

const mara = kept(await newPerson(servers, 'mara', { openSocket, now: () => Date.now() + clock.ahead }));
const noor = kept(await newPerson(servers, 'noor'));
await signUp(servers, mara);
await signUp(servers, noor);
const groups: ConversationId[] = [];
let direct: ConversationId;

const types = (frames: readonly { type: string }[]) => frames.map(({ type }) => type);
const asked = () => sent.filter(({ type }) => type === 'subscribe' || type === 'sync');

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 15_000; !holds(); ) {
    if (Date.now() > end) throw new Error(`${what}: ${types(came).join(' ')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Mara has a cursor that stands for everything so far, and nothing happens for long before and after it. */
async function settledAndAway(): Promise<void> {
  await mara.engine.close();
  clock.behind -= HOUR_MS;
  const marked = came.length;
  await mara.reload();
  await mara.untilOnline();
  await until(
    () => came.slice(marked).some((frame) => frame.type === 'cursor' || frame.type === 'resumed'),
    'a cursor',
  );
  await quiet();
  await mara.engine.close();
  clock.behind -= HOUR_MS;
}

/** Nothing has passed for a while. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== came.length + sent.length; ) {
    before = came.length + sent.length;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

async function comeBack(): Promise<Extract<ServerFrame, { type: 'resumed' }> | undefined> {
  sent.length = 0;
  came.length = 0;
  await mara.reload();
  await mara.untilOnline();
  await quiet();
  return came.find((frame) => frame.type === 'resumed') as Extract<ServerFrame, { type: 'resumed' }>;
}

async function say(person: Person, conversation: ConversationId, text: string): Promise<void> {
  await person.engine.calls.send({ conversation, text });
  await person.untilTimeline(conversation, (timeline) => said(timeline).includes(`${person.name}: ${text}`));
}

async function hears(person: Person, conversation: ConversationId, line: string): Promise<void> {
  await person.untilTimeline(conversation, (timeline) => said(timeline).includes(line));
}

test('[C6] everything is set up', async () => {
  direct = (await noor.engine.calls.startDirect({ username: 'mara' })).conversation;
  await say(noor, direct, 'hello');
  await mara.untilList((list) => list.length === 1);
  await mara.engine.calls.answerRequest({ conversation: direct, answer: 'accept' });
  const { account } = await mara.engine.calls.lookUp({ username: 'noor' });
  for (const name of ['one', 'two', 'three']) {
    const { conversation } = await mara.engine.calls.createGroup({
      name,
      people: [account],
      sharesPast: false,
    });
    groups.push(conversation);
    await say(mara, conversation, `in ${name}`);
    await noor.untilList((list) => list.some(({ id }) => id === conversation));
    await noor.engine.calls.answerRequest({ conversation, answer: 'accept' }).catch(() => undefined);
    await hears(noor, conversation, `mara: in ${name}`);
  }
  await quiet();
});

test('[C3] [C6] nothing new: one message each way, and nothing is asked', async () => {
  await settledAndAway();
  const resumed = await comeBack();
  assert.ok(sent[0]?.type === 'hello' && sent[0].cursor.length > 0);
  assert.equal([resumed?.isAll, resumed?.logs], [false, []]);
  assert.equal(asked(), []);
  assert.equal(types(came).slice(0, 2), ['welcome', 'resumed']);
  assert.equal(
    types(came).filter((type) => type === 'head' || type === 'sync'),
    [],
  );
});

test('[C6] live again at once: what others write comes, and what is written here goes out', async () => {
  await say(noor, groups[1]!, 'are you there');
  await hears(mara, groups[1]!, 'noor: are you there');
  // Of a conversation that nothing was asked of: its head is asked for when it is written to.
  await say(mara, groups[2]!, 'i am');
  await hears(noor, groups[2]!, 'mara: i am');
  await quiet();
});

test('[C6] after some time away it gets just what changed', async () => {
  await settledAndAway();
  await say(noor, groups[0]!, 'one');
  await say(noor, groups[0]!, 'two');
  await noor.untilTimeline(groups[0]!, ({ items }) =>
    items.every((item) => !('mark' in item) || item.mark !== 'queued'),
  );
  const resumed = await comeBack();
  assert.ok(resumed && !resumed.isAll);
  assert.ok(resumed.logs.includes(`m.${groups[0]!}` as never));
  for (const other of [direct, groups[1]!, groups[2]!])
    assert.not.ok(
      resumed.logs.some((log) => log.endsWith(other)),
      'nothing of the others',
    );
  assert.ok(asked().every((frame) => JSON.stringify(frame).includes(groups[0]!)));
  await hears(mara, groups[0]!, 'noor: one');
  await hears(mara, groups[0]!, 'noor: two');
});

test('[A2] [C6] who was taken out meanwhile is out, and who was let in is in', async () => {
  await settledAndAway();
  const { conversation } = await noor.engine.calls.createGroup({
    name: 'four',
    people: [],
    sharesPast: false,
  });
  await say(noor, conversation, 'before you');
  const [self] = (await noor.conversations()).filter(({ id }) => id === direct);
  await noor.engine.calls.addMembers({ conversation, people: [self!.peer!.account] });
  await noor.untilDetails(conversation, ({ members }) => members.length === 2);
  await say(noor, conversation, 'with you');
  const resumed = await comeBack();
  assert.ok(resumed);
  await mara.untilList((list) => list.some(({ id }) => id === conversation));
  await mara.engine.calls.answerRequest({ conversation, answer: 'accept' }).catch(() => undefined);
  await hears(mara, conversation, 'noor: with you');
  await settledAndAway();
  await noor.engine.calls.removeMember({ conversation, account: self!.peer!.account });
  await noor.untilDetails(conversation, ({ members }) => members.length === 1);
  await comeBack();
  await mara.untilList((list) => list.some(({ id, member }) => id === conversation && !member));
  assert.equal([...mara.faults, ...noor.faults], []);
});

test('[C6] once a day everything is compared', async () => {
  await settledAndAway();
  clock.ahead = 25 * HOUR_MS;
  assert.is(await comeBack(), undefined);
  assert.ok(sent[0]?.type === 'hello' && sent[0].cursor.length === 0);
  const logs = sent.flatMap((frame) => (frame.type === 'subscribe' ? frame.logs : []));
  for (const id of [direct, ...groups])
    for (const kind of ['s', 'm', 'r']) assert.ok(logs.includes(`${kind}.${id}` as never));
  await settledAndAway();
  assert.ok(await comeBack(), 'it has a cursor again');
  assert.equal([...mara.faults, ...noor.faults], []);
});

test.run();

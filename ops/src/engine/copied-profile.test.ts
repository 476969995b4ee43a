import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionSnapshot, TimelineSnapshot } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import { LEASES, parseLeaseKey } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, PASSWORD, type Person, said, signUp } from '../people/person.js';
import { accountElements } from './testing/account-elements.js';
import { deviceOf, linkByPassword } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';
import { assertKeysUsedOnce } from './testing/used-once.js';

/** Of two copies of a device one goes on; the other has to be linked anew, and loses nothing. */
const test = suite('copies of a device');
const servers = await runServers();
test.after(() => servers.remove());

const isOvertaken = (session: SessionSnapshot) => session.state === 'signed-in' && session.overtaken;

/** Everything so far, opened, none of it twice. */
const whole = (count: number) => (timeline: TimelineSnapshot) =>
  timeline.items.filter(isMessage).length === count &&
  timeline.items.every(({ kind }) => kind !== 'waiting') &&
  new Set(said(timeline)).size === count;

/** Of everything that any device here ever wrote. */
async function assertNothingUsedTwice(conversation: ConversationId): Promise<void> {
  const leases = await servers.stores.claims.list({ prefix: LEASES });
  const devices = leases.map(({ key }) => parseLeaseKey(key).device);
  await assertKeysUsedOnce(servers, [conversation], devices);
}

let suffix = 0;
/** Two who have talked, and a copy of what the first one's device is by then. */
async function talked(): Promise<{
  mara: Person;
  noor: Person;
  conversation: ConversationId;
  backup: string;
}> {
  suffix += 1;
  const mara = await newPerson(servers, `mara${suffix}`);
  const noor = await newPerson(servers, `noor${suffix}`);
  await signUp(servers, mara);
  await signUp(servers, noor);
  const { conversation } = await mara.engine.calls.startDirect({ username: noor.name });
  await mara.engine.calls.send({ conversation, text: 'before the copy' });
  await noor.untilList((list) => list.length === 1);
  await noor.engine.calls.answerRequest({ conversation, answer: 'accept' });
  await noor.engine.calls.send({ conversation, text: 'an answer' });
  await mara.untilTimeline(conversation, whole(2));
  await mara.engine.close();
  const backup = await mkdtemp(join(tmpdir(), 'sotto-backup-'));
  await cp(mara.folder, backup, { recursive: true });
  return { mara, noor, conversation, backup };
}

async function linkAnew(person: Person, name: string): Promise<void> {
  await person.engine.calls.signIn({ login: name, password: PASSWORD });
  await person.untilSession((session) => session.state === 'signed-in' && !session.overtaken);
  await person.untilOnline();
}

for (const writesFirst of ['the restored device', 'the other'] as const)
  test(`a restored backup is linked anew; what was queued there goes out once: ${writesFirst} writes first`, async () => {
    const { mara, noor, conversation, backup } = await talked();
    await mara.reload();
    await mara.engine.calls.send({ conversation, text: 'after the copy 1' });
    await mara.engine.calls.send({ conversation, text: 'after the copy 2' });
    await noor.untilTimeline(conversation, whole(4));
    await mara.engine.close();
    await rm(mara.folder, { recursive: true });
    await cp(backup, mara.folder, { recursive: true });
    if (writesFirst === 'the other') await noor.engine.calls.send({ conversation, text: 'are you there' });
    await mara.reload();
    await mara.engine.calls.send({ conversation, text: 'from the restored device' });
    await mara.untilSession(isOvertaken);
    const before = await mara.untilTimeline(conversation, ({ items }) => items.length === 3);
    assert.equal(
      before.items
        .filter(isMessage)
        .map(({ mark }) => mark)
        .at(-1),
      'queued',
    );
    await mara.reload();
    assert.ok(isOvertaken(await mara.untilSession(({ state }) => state === 'signed-in')), 'it is remembered');

    await mara.engine.calls.signIn({ login: mara.name, password: 'wrong password' }).then(
      () => assert.unreachable(),
      ({ code }) => assert.is(code, 'auth/credentials-wrong'),
    );
    assert.is((await mara.untilTimeline(conversation, () => true)).items.length, 3, 'still readable');
    await linkAnew(mara, mara.name);
    const count = writesFirst === 'the other' ? 6 : 5;
    const there = await noor.untilTimeline(conversation, whole(count));
    assert.ok(said(there).includes(`${mara.name}: from the restored device`));
    await noor.engine.calls.send({ conversation, text: 'and back' });
    await mara.untilTimeline(conversation, ({ items }) =>
      items.some((item) => isMessage(item) && item.text === 'and back'),
    );
    await mara.reload();
    await mara.engine.calls.send({ conversation, text: 'after a reload' });
    await noor.untilTimeline(conversation, whole(count + 2));
    await assertNothingUsedTwice(conversation);
    assert.equal([...mara.faults, ...noor.faults], []);
    await rm(backup, { recursive: true });
    await mara.remove();
    await noor.remove();
  });

test('K7: linked anew in place of a copy that is gone, it is the one entry on the list; other devices have new keys', async () => {
  const { mara, noor, conversation, backup } = await talked();
  await mara.reload();
  const phone = await linkByPassword(servers, mara.name);
  await phone.untilTimeline(conversation, whole(2));
  await mara.engine.calls.send({ conversation, text: 'after the copy' });
  for (const person of [noor, phone]) await person.untilTimeline(conversation, whole(3));
  const before = await deviceOf(mara);
  await mara.engine.close();
  await rm(mara.folder, { recursive: true });
  await cp(backup, mara.folder, { recursive: true });
  await mara.reload();
  await mara.untilSession(isOvertaken);
  await mara.engine.calls.send({ conversation, text: 'from the restored device' });
  await mara.engine.calls.signIn({ login: mara.name, password: PASSWORD, replaces: true });
  await mara.untilOnline();
  for (const own of [mara, phone])
    await own.untilDevices(({ devices }) => devices.length === 2 && !devices.some(({ id }) => id === before));
  for (const person of [noor, phone, mara]) await person.untilTimeline(conversation, whole(4));
  await noor.untilDetails(conversation, ({ members }) => members.some(({ devices }) => devices.length === 2));
  // What either decides the other opens, under keys that the copy does not have.
  await mara.engine.calls.answerRequest({ conversation, answer: 'block' });
  await phone.untilList(([only]) => only?.standing === 'blocked');
  await phone.engine.calls.unblock({ conversation });
  await mara.untilList(([only]) => only?.standing === 'accepted');
  assert.ok((await (await accountElements(servers, mara.name)).generations()).includes(0));
  await phone.engine.calls.send({ conversation, text: 'from the phone' });
  for (const person of [noor, mara]) await person.untilTimeline(conversation, whole(5));
  await assertNothingUsedTwice(conversation);
  assert.equal([...mara.faults, ...phone.faults, ...noor.faults], []);
  await rm(backup, { recursive: true });
  for (const person of [mara, phone, noor]) await person.remove();
});

for (const queuesFirst of ['the original', 'the copy'] as const)
  test(`two copies run at once: the newer goes on, everything arrives once; ${queuesFirst} writes first`, async () => {
    const { mara, noor, conversation, backup } = await talked();
    await mara.reload();
    await mara.untilOnline();
    const cookies = mara.cookies();
    if (queuesFirst === 'the original') {
      await mara.engine.calls.send({ conversation, text: 'by the original' });
      await noor.untilTimeline(conversation, whole(3));
    }
    const copy = await newPerson(servers, `${mara.name}-copy`, { folder: backup, cookies });
    // The copy was made one life earlier: what it begins is a rival of the original's.
    await copy.untilSession(isOvertaken);
    await copy.engine.calls.send({ conversation, text: 'by the copy' });
    if (queuesFirst === 'the copy') await mara.engine.calls.send({ conversation, text: 'by the original' });
    await linkAnew(copy, mara.name);
    const texts = [
      `${mara.name}: before the copy`,
      `${mara.name}: by the copy`,
      `${mara.name}: by the original`,
      `${noor.name}: an answer`,
    ];
    for (const person of [mara, noor])
      assert.equal(said(await person.untilTimeline(conversation, whole(4))).sort(), texts);
    await assertNothingUsedTwice(conversation);
    assert.equal([...mara.faults, ...copy.faults, ...noor.faults], []);
    await copy.remove();
    await mara.remove();
    await noor.remove();
  });

test('a copy that begins later takes over while the original runs: the original is linked anew', async () => {
  const { mara, noor, conversation, backup } = await talked();
  await rm(backup, { recursive: true });
  await mara.reload();
  await mara.untilOnline();
  await mara.engine.calls.send({ conversation, text: 'online' });
  await noor.untilTimeline(conversation, whole(3));
  // A copy of a running device: its stores are read from under it.
  const taken = await mkdtemp(join(tmpdir(), 'sotto-copy-'));
  await cp(mara.folder, taken, { recursive: true });
  await mara.engine.calls.send({ conversation, text: 'after the copy' });
  await noor.untilTimeline(conversation, whole(4));
  const copy = await newPerson(servers, `${mara.name}-copy`, { folder: taken, cookies: mara.cookies() });
  await copy.engine.calls.send({ conversation, text: 'by the copy' });
  await mara.untilSession(isOvertaken);
  await mara.engine.calls.send({ conversation, text: 'by the overtaken original' });
  await noor.untilTimeline(conversation, whole(5));
  await linkAnew(mara, mara.name);
  await noor.untilTimeline(conversation, whole(6));
  await noor.engine.calls.send({ conversation, text: 'to all of them' });
  const all = await noor.untilTimeline(conversation, whole(7));
  assert.equal(said(await copy.untilTimeline(conversation, whole(7))).sort(), said(all).sort());
  await assertNothingUsedTwice(conversation);
  assert.equal([...mara.faults, ...copy.faults, ...noor.faults], []);
  await copy.remove();
  await mara.remove();
  await noor.remove();
});

test.run();

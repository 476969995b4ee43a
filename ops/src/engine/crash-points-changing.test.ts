import type { ConversationDetails, Engine } from '@sotto/client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accountOf } from '../people/account.js';
import { isMessage, newPerson, signUp } from '../people/person.js';
import type { CrashPoint } from './testing/crash-points.js';
import { keepDevices } from './testing/kept-devices.js';
import { Mortal } from './testing/mortal.js';
import { deviceOf } from './testing/own-devices.js';
import { runServers } from './testing/running-servers.js';
import { assertKeysUsedOnce } from './testing/used-once.js';
import { type Life, walkCrashPoints } from './testing/walk-crash-points.js';

/** An admin's device dies once on either side of every write while it changes a group and takes somebody out. */
const test = suite('crash points, changing a group');

async function beginning() {
  const servers = await runServers();
  const people = await Promise.all(['mara', 'noor', 'teo'].map((name) => newPerson(servers, name)));
  for (const person of people) await signUp(servers, person);
  const [mara, noor, teo] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]];
  const accounts = await Promise.all([accountOf(noor), accountOf(teo)]);
  const { conversation: group } = await mara.engine.calls.createGroup({
    name: 'Walkers',
    people: accounts,
    sharesPast: false,
  });
  await mara.engine.calls.send({ conversation: group, text: 'to all three' });
  for (const person of [noor, teo]) await person.untilTimeline(group, ({ items }) => items.some(isMessage));
  const devices = await Promise.all(people.map(deviceOf));
  const kept = await keepDevices(servers, people);
  return { kept, group, devices, teo: accounts[1]! };
}

const begun = await beginning();
const { kept, group } = begun;
test.after(() => kept.remove());

/** A person looks before repeating himself. */
async function see(engine: Engine): Promise<ConversationDetails> {
  return new Promise((resolve) => {
    const stop = engine.watch('details', group, (details) => {
      queueMicrotask(() => stop());
      resolve(details);
    });
  });
}

const isWished = ({ pending }: ConversationDetails, type: string) =>
  pending.some(({ change }) => change.type === type);

async function liveOnce(point?: CrashPoint): Promise<Life> {
  const servers = await runServers(kept.server);
  const mara = await Mortal.begin(servers.origin, kept.of('mara'), point);
  const noor = await kept.person(servers, 'noor');
  try {
    await mara.insist(async (engine) => {
      const details = await see(engine);
      if (details.name !== 'Climbers' && !isWished(details, 'rename'))
        await engine.calls.renameGroup({ conversation: group, name: 'Climbers' });
      const isOut = details.members.every(({ person }) => person.account !== begun.teo);
      if (!isOut && !isWished(details, 'remove'))
        await engine.calls.removeMember({ conversation: group, account: begun.teo });
    });
    await noor.untilDetails(group, ({ name, members }) => name === 'Climbers' && members.length === 2);
    await mara.insist(async (engine) => {
      const said = await new Promise<boolean>((resolve) => {
        const stop = engine.watch('timeline', group, ({ items }) => {
          queueMicrotask(() => stop());
          resolve(items.some((item) => isMessage(item) && item.text === 'without teo'));
        });
      });
      if (!said) await engine.calls.send({ conversation: group, text: 'without teo' });
    });
    await noor.engine.calls.send({ conversation: group, text: 'an answer' });
    const { items } = await noor.untilTimeline(
      group,
      (timeline) =>
        timeline.items.filter(isMessage).length >= 3 &&
        timeline.items.every(({ kind }) => kind !== 'waiting'),
    );
    assert.equal(
      items
        .filter(isMessage)
        .map(({ text }) => text)
        .sort(),
      ['an answer', 'to all three', 'without teo'],
    );
    await mara.insist(
      (engine) =>
        new Promise<void>((resolve) => {
          const stop = engine.watch('details', group, ({ pending, members, name }) => {
            if (pending.length > 0 || members.length !== 2 || name !== 'Climbers') return;
            queueMicrotask(() => stop());
            resolve();
          });
        }),
    );
    assert.not.ok((await noor.untilDetails(group, () => true)).forked);
    await assertKeysUsedOnce(servers, [group], begun.devices);
    assert.equal([...mara.faults, ...noor.faults], []);
    return { writes: [...mara.writes], deaths: mara.deaths };
  } finally {
    await mara.remove();
    await noor.remove();
    await servers.remove();
  }
}

test('U10 S6: whichever write it dies at, the group is changed, whoever stays reads on, and no key seals twice', () =>
  walkCrashPoints(liveOnce, ['wish', 'state-out', 'chain', 'conversation', 'post', 'out']));

test.run();

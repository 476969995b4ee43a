import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { ConversationDetails, TimelineSnapshot } from '@sotto/client';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, type Person, signUp } from '../people/person.js';
import { type Plug, plug } from './testing/plug.js';
import { type RunningServers, runServers } from './testing/running-servers.js';

/** Four people talk in a group and change it at random, on and off line; whoever is in at the end sees the same. */
const test = suite('random stories of groups, headless');
const STEPS = 70;
const NAMES = ['ada', 'ben', 'cyd', 'dan'];
/** Two that are always told, and one that is new each time. */
const SEEDS = [3, 11, randomInt(1_000_000)];

interface Player {
  readonly person: Person;
  readonly plug: Plug;
  readonly account: AccountId;
}

function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

async function players(servers: RunningServers): Promise<Player[]> {
  const all: Player[] = [];
  for (const name of NAMES) {
    const network = plug();
    const person = await newPerson(servers, name, network.options);
    await signUp(servers, person);
    const session = await person.untilSession(({ state }) => state === 'signed-in');
    const account = session.state === 'signed-in' ? session.account : ('' as AccountId);
    all.push({ person, plug: network, account });
  }
  return all;
}

/** One step of a story. What nobody is entitled to is refused, which is part of it. */
async function act(
  all: readonly Player[],
  group: ConversationId,
  step: number,
  below: (bound: number) => number,
) {
  const by = all[below(all.length)]!;
  const other = all[below(all.length)]!;
  const { calls } = by.person.engine;
  const list = await by.person.conversations();
  const choice = below(20);
  if (!list.some(({ id }) => id === group)) return;
  if (choice < 8) await calls.send({ conversation: group, text: `${step} by ${by.person.name}` });
  else if (choice < 10) await calls.addMembers({ conversation: group, people: [other.account] });
  else if (choice < 12 && other !== by)
    await calls.removeMember({ conversation: group, account: other.account });
  else if (choice < 14)
    await calls.setRole({
      conversation: group,
      account: other.account,
      role: below(3) > 0 ? 'admin' : 'member',
    });
  else if (choice < 15) await calls.renameGroup({ conversation: group, name: `Name ${step}` });
  else if (choice < 16) by.plug.pull();
  else if (choice < 18) {
    by.plug.putIn();
    await calls.reconnect();
  } else if (choice < 19) await by.person.reload();
  else await wait(below(300));
}

const isSettled = ({ pending }: ConversationDetails) => pending.every(({ refused }) => refused);
const namesOf = ({ members, name }: ConversationDetails) =>
  `${name}: ${members
    .map(({ person, role }) => `${person.username}/${role}`)
    .sort()
    .join(' ')}`;
const changesOf = ({ items }: TimelineSnapshot) =>
  items.filter(({ kind }) => kind === 'change').map((item) => item);

async function untilSame<T>(read: () => Promise<readonly T[]>, about: string): Promise<T> {
  let last: readonly T[] = [];
  for (let tries = 0; tries < 120; tries += 1) {
    last = await read();
    if (new Set(last.map((one) => JSON.stringify(one))).size === 1) return last[0]!;
    await wait(250);
  }
  throw new Error(`${about}: ${last.map((one) => JSON.stringify(one)).join('\n')}`);
}

for (const seed of SEEDS)
  test(`item 6: everybody who is in sees the same group (seed ${seed})`, async () => {
    const servers = await runServers();
    const all = await players(servers);
    const below = numbersFrom(seed);
    try {
      const [ada] = all as [Player, ...Player[]];
      const people = all.slice(1).map(({ account }) => account);
      const made = await ada.person.engine.calls.createGroup({ name: 'Walkers', people, sharesPast: false });
      const group = made.conversation;
      await ada.person.engine.calls.setRole({ conversation: group, account: people[0]!, role: 'admin' });
      for (const { person } of all) await person.untilList((list) => list.some(({ id }) => id === group));
      for (let step = 0; step < STEPS; step += 1) await act(all, group, step, below);
      for (const player of all) {
        player.plug.putIn();
        await player.person.engine.calls.reconnect();
        await player.person.untilOnline();
      }
      for (const { person } of all) await person.untilDetails(group, isSettled);
      const inside = async () => {
        const lists = await Promise.all(all.map(({ person }) => person.conversations()));
        return all.filter((_, index) => lists[index]!.find(({ id }) => id === group)?.member);
      };
      await untilSame(async () => {
        const members = await inside();
        return Promise.all(
          members.map(async ({ person }) => namesOf(await person.untilDetails(group, () => true))),
        );
      }, 'members');
      const members = await inside();
      assert.ok(members.length > 0);
      const details = await members[0]!.person.untilDetails(group, () => true);
      assert.equal(
        details.members.map(({ person }) => person.account).sort(),
        members.map(({ account }) => account).sort(),
        'who is in says so',
      );
      assert.is(details.forked, false);
      await members[0]!.person.engine.calls.send({ conversation: group, text: 'the end' });
      for (const { person } of members) {
        const shown = await person.untilTimeline(
          group,
          ({ items }) =>
            items.some((item) => isMessage(item) && item.text === 'the end') &&
            items.every(({ kind }) => kind !== 'waiting'),
        );
        // What somebody wrote just when they were taken out was not taken; nothing else fails.
        for (const item of shown.items)
          if (isMessage(item) && item.mine)
            assert.ok(item.error === null || item.error === 'sync/not-a-member');
      }
      await untilSame(async () => {
        const timelines = await Promise.all(
          members.map(({ person }) => person.untilTimeline(group, () => true)),
        );
        // Whoever came later is told of what happened since.
        const told = timelines.map((timeline) => changesOf(timeline));
        const shortest = Math.min(...told.map(({ length }) => length));
        return told.map((changes) => changes.slice(changes.length - shortest));
      }, 'changes');
      assert.equal(all.flatMap(({ person }) => person.faults).map(String), []);
    } finally {
      for (const { person } of all) await person.remove();
      await servers.remove();
    }
  });

test.run();

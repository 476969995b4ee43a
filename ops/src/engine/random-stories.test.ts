import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, PASSWORD, type Person, said, signUp } from '../people/person.js';
import { type RunningServers, runServers } from './testing/running-servers.js';
import { wholeTimeline } from './testing/whole-timeline.js';

/** Two people with two devices each write, reload and lose the server at random moments; all four end up the same. */
const test = suite('random stories, headless');
const STEPS = 120;
/** Two that are always told, and one that is new each time. */
const SEEDS = [1, 7, randomInt(1_000_000)];

function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** Four devices that know the conversation. */
async function twoAtTwoDevices(servers: RunningServers): Promise<[Person[], ConversationId]> {
  const people: Person[] = [];
  for (const name of ['mara', 'noor']) {
    const first = await newPerson(servers, name);
    await signUp(servers, first);
    const second = await newPerson(servers, `${name}-phone`);
    await second.engine.calls.signIn({ login: name, password: PASSWORD });
    people.push(first, second);
  }
  for (const person of people)
    await person.engine.calls.startDirect({ username: person.name.startsWith('mara') ? 'noor' : 'mara' });
  return [people, (await people[0]!.engine.calls.startDirect({ username: 'noor' })).conversation];
}

/** @returns what was sent, in the order of sending */
async function act(
  servers: RunningServers,
  people: readonly Person[],
  conversation: ConversationId,
  below: (bound: number) => number,
): Promise<string[]> {
  const sent: string[] = [];
  let away = false;
  const comeBack = async () => {
    await servers.start();
    for (const person of people) await person.engine.calls.reconnect();
    away = false;
  };
  for (let step = 0; step < STEPS; step += 1) {
    const choice = below(20);
    const person = people[below(people.length)]!;
    if (choice < 13) {
      sent.push(`${sent.length} by ${person.name}`);
      await person.engine.calls.send({ conversation, text: sent.at(-1)! });
    } else if (choice < 15) await person.reload();
    else if (choice < 17 && !away) {
      await servers.stop();
      away = true;
    } else if (choice < 19 && away) await comeBack();
    else await wait(below(200));
  }
  if (away) await comeBack();
  return sent;
}

for (const seed of SEEDS)
  test(`U8, U11: every device ends up with every message once, in one order (seed ${seed})`, async () => {
    const servers = await runServers();
    const [people, conversation] = await twoAtTwoDevices(servers);
    try {
      const sent = await act(servers, people, conversation, numbersFrom(seed));
      const seen: string[][] = [];
      for (const person of people) {
        const whole = await wholeTimeline(
          person,
          conversation,
          ({ items }) =>
            items.length === sent.length &&
            items.every((item) => isMessage(item) && (!item.mine || item.mark === 'delivered')),
        );
        seen.push(said(whole).map((line) => line.slice(line.indexOf(': ') + 2)));
      }
      assert.equal([...seen[0]!].sort(), [...sent].sort());
      for (const other of seen.slice(1)) assert.equal(other, seen[0]);
      assert.equal(
        people.flatMap(({ faults }) => faults),
        [],
      );
    } finally {
      for (const person of people) await person.remove();
      await servers.remove();
    }
  });

test.run();

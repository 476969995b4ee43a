import { LIMITS, logName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Person } from '../people/person.js';
import { acquaint, assertConverged, type Said, untilSent } from './testing/converging.js';
import { runServers } from './testing/running-servers.js';

/** Chains that run out at inconvenient moments, with the real servers. */
const test = suite('epochs, headless');
const servers = await runServers();
const people: Person[] = [];
test.after(async () => {
  for (const person of people) await person.remove();
  await servers.remove();
});

test('U8: two people whose chains run out at once begin new epochs without losing anything', async () => {
  const { a: mara, b: noor, conversation } = await acquaint(servers, 'mara', 'noor');
  people.push(mara, noor);
  const sent: Said[] = [{ by: 'mara', text: 'mara begins' }];
  await untilSent(mara);
  await servers.stop();
  for (let index = 0; index < LIMITS.chainEnvelopes + 20; index += 1)
    for (const person of [mara, noor]) {
      const text = `${person.name} ${index}`;
      await person.engine.calls.send({ conversation, text });
      sent.push({ by: person.name, text });
    }
  await servers.start();
  await Promise.all(people.map((person) => person.engine.calls.reconnect()));
  await Promise.all(people.map(untilSent));
  const state = await servers.stores.log.head(logName('s', conversation));
  assert.ok(state.count >= 2, `${state.count} state events`);
  await assertConverged(people, conversation, sent, 'live');
  for (const person of people) await person.reload();
  await assertConverged(people, conversation, sent, 'reopened');
  assert.equal([...mara.faults, ...noor.faults], []);
});

test.run();

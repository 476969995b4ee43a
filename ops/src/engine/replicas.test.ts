import type { ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, type Person, said, signUp } from '../people/person.js';
import { runReplicas } from './testing/replicated-servers.js';

/** Real engines against three sync servers over one store host, as processes. */
const test = suite('replicas, with engines');
const servers = await runReplicas(3);
const people: Person[] = [];
test.after(async () => {
  for (const person of people) await person.remove();
  await servers.remove();
});

/** The first begins a conversation with each of the others, who accept. */
async function acquainted(names: readonly string[]): Promise<ConversationId[]> {
  for (const name of names) {
    const person = await newPerson(servers, name);
    people.push(person);
    await signUp(servers, person);
  }
  const [first, ...others] = people as [Person, ...Person[]];
  const conversations: ConversationId[] = [];
  for (const other of others) {
    const { conversation } = await first.engine.calls.startDirect({ username: other.name });
    await first.engine.calls.send({ conversation, text: `${first.name} begins` });
    await other.untilList((list) => list.length === 1);
    await other.engine.calls.answerRequest({ conversation, answer: 'accept' });
    conversations.push(conversation);
  }
  return conversations;
}

/** Both sides say so many things in every conversation. @returns what was said in each by then */
async function talk(
  conversations: readonly ConversationId[],
  spoken: string[][],
  count: number,
): Promise<void> {
  const [first, ...others] = people as [Person, ...Person[]];
  for (let round = 0; round < count; round += 1)
    for (const [index, conversation] of conversations.entries())
      for (const speaker of [first, others[index]!]) {
        const text = `${spoken[index]!.length}`;
        spoken[index]!.push(`${speaker.name}: ${text}`);
        await speaker.engine.calls.send({ conversation, text });
      }
}

/** Everybody shows everything once. */
async function converged(
  conversations: readonly ConversationId[],
  spoken: readonly string[][],
): Promise<void> {
  const [first, ...others] = people as [Person, ...Person[]];
  for (const [index, conversation] of conversations.entries())
    for (const reader of [first, others[index]!]) {
      const expected = [`${first.name}: ${first.name} begins`, ...spoken[index]!];
      const timeline = await reader.untilTimeline(
        conversation,
        (shown) => said(shown).length >= expected.length && shown.items.every(isMessage),
      );
      assert.equal(said(timeline).sort(), [...expected].sort(), reader.name);
    }
}

test('U7 S12 a rolling restart of every server, then of the store host, while people talk: everything arrives once, nobody notices a fault', async () => {
  const conversations = await acquainted(['mara', 'noor', 'teo', 'ilse']);
  const spoken = conversations.map((): string[] => []);
  await talk(conversations, spoken, 1);
  await converged(conversations, spoken);
  for (const replica of servers.replicas) {
    const ending = replica.end('SIGTERM');
    await talk(conversations, spoken, 1);
    assert.is(await ending, 0);
    await talk(conversations, spoken, 1);
    await replica.start();
    await talk(conversations, spoken, 1);
  }
  await servers.host.end('SIGKILL');
  await talk(conversations, spoken, 1);
  await servers.host.start();
  await converged(conversations, spoken);
  for (const { sockets } of servers.replicas) assert.ok(sockets > 0, 'every server had its share');
  for (const { name, faults } of people) assert.equal(faults, [], name);
});

test.run();

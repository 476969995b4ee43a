import type { TimelineSnapshot } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, type Person, signUp } from '../../people/person.js';
import type { RunningServers } from './running-servers.js';
import { wholeTimeline } from './whole-timeline.js';

/** Without any message going out. */
const STUCK_MS = 15_000;

/** A text that somebody sent or sees. */
export interface Said {
  readonly by: string;
  readonly text: string;
}

const messages = ({ items }: TimelineSnapshot) => items.filter(isMessage);
const saidIn = (timeline: TimelineSnapshot): Said[] =>
  messages(timeline).map(({ author, text }) => ({ by: author.username, text }));

/** Compares texts by their bytes, and says where they differ first rather than printing all of them. */
function assertSame(actual: readonly Said[], expected: readonly Said[], about: string): void {
  const differs = expected.findIndex(
    ({ by, text }, index) =>
      actual[index]?.by !== by ||
      !Buffer.from(text, 'utf16le').equals(Buffer.from(actual[index].text, 'utf16le')),
  );
  const shown = (said: Said | undefined) => said && `${said.by}: ${JSON.stringify(said.text.slice(0, 60))}`;
  assert.ok(
    differs < 0,
    `${about}: ${differs} is ${shown(actual[differs])} in place of ${shown(expected[differs])}`,
  );
  assert.is(actual.length, expected.length, `${about}: how many`);
}

/** Two people who know each other; the first has written `<name> begins`. */
export async function acquaint(
  servers: RunningServers,
  a: string,
  b: string,
): Promise<{ a: Person; b: Person; conversation: ConversationId }> {
  const [first, second] = [await newPerson(servers, a), await newPerson(servers, b)];
  await signUp(servers, first);
  await signUp(servers, second);
  const { conversation } = await first.engine.calls.startDirect({ username: b });
  await first.engine.calls.send({ conversation, text: `${a} begins` });
  await second.untilList((list) => list.length === 1);
  await second.engine.calls.answerRequest({ conversation, answer: 'accept' });
  return { a: first, b: second, conversation };
}

/** Waits until nothing of somebody's own is on its way any more; for as long as it becomes less. */
export function untilSent(person: Person): Promise<void> {
  return new Promise((resolve, reject) => {
    let least = Number.POSITIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop = () => {};
    const stuck = () => {
      stop();
      reject(new Error(`${person.name} does not get rid of ${least} messages: ${person.faults.map(String)}`));
    };
    stop = person.engine.watch('connection', null, ({ queued }) => {
      if (queued >= least) return;
      least = queued;
      clearTimeout(timer);
      if (queued > 0) timer = setTimeout(stuck, STUCK_MS);
      else {
        queueMicrotask(() => stop());
        resolve();
      }
    });
  });
}

/** Both ends, scrolled back to the beginning, show the same, and of each author exactly what was sent, in order. */
export async function assertConverged(
  people: readonly Person[],
  conversation: ConversationId,
  sent: readonly Said[],
  about: string,
): Promise<void> {
  const seen: Said[][] = [];
  for (const person of people) {
    const whole = await wholeTimeline(person, conversation, (now) => messages(now).length >= sent.length);
    assert.is(whole.items.length, messages(whole).length, `${about}: everything opened`);
    seen.push(saidIn(whole));
  }
  assertSame(seen[0]!, seen[1]!, `${about}, one end and the other`);
  for (const author of new Set(sent.map(({ by }) => by)))
    assertSame(
      seen[0]!.filter(({ by }) => by === author),
      sent.filter(({ by }) => by === author),
      `${about}, of ${author}`,
    );
}

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, EngineTopics, TopicName } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import * as assert from 'uvu/assert';
import { isMessage, newPerson, signUp } from '../../people/person.js';
import type { CrashPoint } from './crash-points.js';
import { Mortal } from './mortal.js';
import { type RunningServers, runServers } from './running-servers.js';
import { unarchived } from './unarchived.js';

const WAIT_MS = 8_000;

interface Beginning {
  readonly folder: string;
  readonly cookies: readonly string[];
}

export interface Begun {
  readonly server: string;
  readonly mara: Beginning;
  readonly noor: Beginning;
  remove(): Promise<void>;
}

/** Two people who have signed up and not met, and their server: where each run begins. */
export async function beginning(): Promise<Begun> {
  const servers = await runServers();
  const [mara, noor] = [await newPerson(servers, 'mara'), await newPerson(servers, 'noor')];
  for (const person of [mara, noor]) await signUp(servers, person);
  for (const person of [mara, noor]) await person.engine.close();
  await servers.stop();
  const kept = await mkdtemp(join(tmpdir(), 'sotto-beginning-'));
  const [server, maras, noors] = ['server', 'mara', 'noor'].map((name) => join(kept, name)) as [
    string,
    string,
    string,
  ];
  await cp(servers.folder, server, { recursive: true });
  await cp(mara.folder, maras, { recursive: true });
  await cp(noor.folder, noors, { recursive: true });
  await servers.remove();
  for (const person of [mara, noor]) await rm(person.folder, { recursive: true });
  return {
    server,
    mara: { folder: maras, cookies: mara.cookies() },
    noor: { folder: noors, cookies: noor.cookies() },
    remove: () => rm(kept, { recursive: true }),
  };
}

function until<T extends TopicName>(
  engine: Engine,
  topic: T,
  argument: EngineTopics[T]['argument'],
  holds: (snapshot: EngineTopics[T]['snapshot']) => boolean,
  what: string,
): Promise<EngineTopics[T]['snapshot']> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    let done = false;
    let stop = () => {};
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`${what} did not come about; ${topic}: ${JSON.stringify(last)?.slice(0, 1_500)}`));
    }, WAIT_MS);
    stop = engine.watch(topic, argument, (snapshot) => {
      last = snapshot;
      if (done || !holds(snapshot)) return;
      done = true;
      clearTimeout(timer);
      queueMicrotask(() => stop());
      resolve(snapshot);
    });
  });
}

const signedIn = (engine: Engine) =>
  until(engine, 'session', null, ({ state }) => state === 'signed-in', 'signing in');

/** Says it unless it was said: a person looks before repeating himself. */
function say(mortal: Mortal, conversation: ConversationId, text: string): Promise<void> {
  return mortal.insist(async (engine) => {
    await signedIn(engine);
    const shown = await until(engine, 'timeline', conversation, () => true, 'a timeline');
    if (shown.items.some((item) => isMessage(item) && item.text === text)) return;
    await engine.calls.send({ conversation, text });
  });
}

function texts(mortal: Mortal, conversation: ConversationId, count: number): Promise<string[]> {
  return mortal.insist(async (engine) => {
    await signedIn(engine);
    const all = await until(
      engine,
      'timeline',
      conversation,
      ({ items }) => items.length >= count,
      `${count} messages`,
    );
    return all.items.map((item) => (isMessage(item) ? `${item.author.username}: ${item.text}` : item.kind));
  });
}

/** The whole story: a stranger's messages, accepted, answered, read, with a mark for each. */
async function story(mara: Mortal, noor: Mortal): Promise<void> {
  const conversation = await mara.insist(async (engine) => {
    await signedIn(engine);
    await until(engine, 'connection', null, ({ state }) => state === 'online', 'a connection');
    return (await engine.calls.startDirect({ username: 'noor' })).conversation;
  });
  await say(mara, conversation, 'one');
  await say(mara, conversation, 'two');
  await noor.insist(async (engine) => {
    await signedIn(engine);
    const list = await until(engine, 'conversations', null, (all) => all.length === 1, 'the request');
    if (list[0]!.standing === 'request') await engine.calls.answerRequest({ conversation, answer: 'accept' });
  });
  await texts(noor, conversation, 2);
  await say(noor, conversation, 'three');
  await texts(mara, conversation, 3);
  for (const [reader, writer] of [
    [noor, mara],
    [mara, noor],
  ] as const) {
    await reader.insist(async (engine) => {
      await signedIn(engine);
      const { items } = await until(
        engine,
        'timeline',
        conversation,
        (all) => all.items.length >= 3,
        'three messages',
      );
      const newest = items.at(-1)!;
      if (isMessage(newest)) await engine.calls.markRead({ conversation, event: newest.id });
      await until(engine, 'conversations', null, ([one]) => one?.unread === 0, 'nothing unread');
    });
    await writer.insist(async (engine) => {
      await signedIn(engine);
      const isRead = (all: EngineTopics['timeline']['snapshot']) =>
        all.items.filter(isMessage).every((item) => !item.mine || item.mark === 'read');
      await until(engine, 'timeline', conversation, isRead, 'own messages read');
    });
  }
  const expected = ['mara: one', 'mara: two', 'noor: three'];
  assert.equal(await texts(mara, conversation, 3), expected, 'as Mara has it');
  assert.equal(await texts(noor, conversation, 3), expected, 'as Noor has it');
}

/** Whatever happened: what this device can read, a device that is linked later can. */
async function archivesAll(mortal: Mortal): Promise<void> {
  await mortal.insist(async (engine) => {
    const session = await until(engine, 'session', null, ({ state }) => state === 'signed-in', 'signing in');
    if (session.state !== 'signed-in') return;
    const patience = Date.now() + WAIT_MS;
    for (;;) {
      const missing = await unarchived(mortal.stored!, session.account);
      if (missing.length === 0) return;
      assert.ok(Date.now() < patience, `${missing.length} chains are not in the archive`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

/** Who dies where. */
export interface Victims {
  readonly mara?: CrashPoint;
  readonly noor?: CrashPoint;
}

/** Lives the story once, from the beginning. */
export async function liveOnce(
  begun: Begun,
  victims: Victims,
): Promise<{ mara: string[]; noor: string[]; deaths: number }> {
  const servers: RunningServers = await runServers(begun.server);
  const mara = await Mortal.begin(servers.origin, begun.mara, victims.mara);
  const noor = await Mortal.begin(servers.origin, begun.noor, victims.noor);
  try {
    await story(mara, noor);
    for (const mortal of [mara, noor]) await archivesAll(mortal);
    assert.equal([...mara.faults, ...noor.faults], [], 'faults');
    return { mara: [...mara.writes], noor: [...noor.writes], deaths: mara.deaths + noor.deaths };
  } finally {
    await mara.remove();
    await noor.remove();
    await servers.remove();
  }
}

import { createHash, randomBytes } from 'node:crypto';
import type { Engine, EngineTopics, TopicName } from '@sotto/client';
import type { ConversationId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isMessage } from '../people/person.js';
import type { CrashPoint } from './testing/crash-points.js';
import { beginning } from './testing/crash-story.js';
import { Mortal } from './testing/mortal.js';
import { runServers } from './testing/running-servers.js';
import { type Life, walkCrashPoints } from './testing/walk-crash-points.js';

/** Whoever attaches files dies at each write about them: what was sent comes whole, what was given up leaves nothing, here or there. */
const test = suite('crash points of who attaches');
const WAIT_MS = 10_000;
const begun = await beginning();
test.after(() => begun.remove());

const bytes = randomBytes(300_000);
const sha256 = (file: Uint8Array) => createHash('sha256').update(file).digest('hex');

function until<T extends TopicName>(
  engine: Engine,
  topic: T,
  argument: EngineTopics[T]['argument'],
  holds: (snapshot: EngineTopics[T]['snapshot']) => boolean,
): Promise<EngineTopics[T]['snapshot']> {
  return new Promise((resolve, reject) => {
    let done = false;
    let stop = () => {};
    const late = setTimeout(() => {
      stop();
      reject(new Error(`${topic} did not come to be as expected`));
    }, WAIT_MS);
    stop = engine.watch(topic, argument, (snapshot) => {
      if (done || !holds(snapshot)) return;
      done = true;
      clearTimeout(late);
      queueMicrotask(() => stop());
      resolve(snapshot);
    });
  });
}

const signedIn = (engine: Engine) => until(engine, 'session', null, ({ state }) => state === 'signed-in');
const online = (engine: Engine) => until(engine, 'connection', null, ({ state }) => state === 'online');

async function shown(engine: Engine, conversation: ConversationId, text: string) {
  const { items } = await until(engine, 'timeline', conversation, () => true);
  return items.filter(isMessage).find((item) => item.text === text);
}

/** Attaches and says it, unless that was said: a person looks before repeating himself. */
function send(mortal: Mortal, conversation: ConversationId, text: string): Promise<void> {
  return mortal.insist(async (engine) => {
    await signedIn(engine);
    if (await shown(engine, conversation, text)) return;
    const file = new Blob([new Uint8Array(bytes)]);
    const type = 'image/png';
    const { attachment } = await engine.calls.attach({ conversation, file, name: 'a.png', type });
    await engine.calls.send({ conversation, text, attachments: [attachment.id] });
  });
}

async function eventually(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function live(point?: CrashPoint): Promise<Life> {
  const servers = await runServers(begun.server);
  const mara = await Mortal.begin(servers.origin, begun.mara, point);
  const noor = await Mortal.begin(servers.origin, begun.noor);
  try {
    const conversation = await mara.insist(async (engine) => {
      await signedIn(engine);
      await online(engine);
      return (await engine.calls.startDirect({ username: 'noor' })).conversation;
    });
    await send(mara, conversation, 'a picture');
    await noor.insist(async (engine) => {
      await signedIn(engine);
      await until(engine, 'conversations', null, (list) => list.length === 1);
      const isThere = (item: EngineTopics['timeline']['snapshot']['items'][number]) =>
        isMessage(item) && item.text === 'a picture';
      const { items } = await until(engine, 'timeline', conversation, (all) => all.items.some(isThere));
      const [attachment] = items.filter(isMessage).find(isThere)!.attachments!;
      const blob = await engine.calls.openAttachment({ conversation, attachment: attachment! });
      assert.is(sha256(new Uint8Array(await blob.arrayBuffer())), sha256(bytes));
    });
    // Offline one is queued and given up.
    await servers.stop();
    await send(mara, conversation, 'not this one');
    await mara.insist(async (engine) => {
      await signedIn(engine);
      const message = await shown(engine, conversation, 'not this one');
      if (message) await engine.calls.discard({ conversation, event: message.id });
    });
    await servers.start();
    await mara.insist(async (engine) => {
      await signedIn(engine);
      await engine.calls.reconnect();
      await online(engine);
      const left = async () => (await mara.stored!.keys.list('file')).length;
      await eventually(async () => (await left()) === 0, 'nothing is left on the device');
    });
    const { claims, chunks } = servers.stores;
    await eventually(
      async () => (await claims.list({ prefix: 'attachment-due:' })).length === 0,
      'what was sent is confirmed',
    );
    assert.is((await claims.list({ prefix: 'attachment:' })).length, 1);
    assert.is((await chunks.places({ limit: 10 })).length, 1);
    assert.is(await mara.insist((engine) => shown(engine, conversation, 'not this one')), undefined);
    assert.equal([...mara.faults, ...noor.faults], [], 'faults');
    return { writes: [...mara.writes], deaths: mara.deaths };
  } finally {
    await mara.remove();
    await noor.remove();
    await servers.remove();
  }
}

test('U8 S6 X23: a device dies once at each write about a file', () =>
  walkCrashPoints(live, ['file', 'file-chunk'], {
    without: (write) => !write.split(' ').some((family) => family.startsWith('file')),
    leastDeaths: 0.7,
  }));

test.run();

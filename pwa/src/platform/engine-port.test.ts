import type { Engine, EngineCalls, SessionSnapshot, TimelineItem, TimelineSnapshot } from '@sotto/client';
import type { AccountId, ConversationId, EventId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { systemClock } from './clock.js';
import { EnginePort } from './engine-port.js';
import { serveEngine } from './engine-server.js';
import { type FromEngine, openBroadcast, type ToEngine, tabChannel } from './engine-wire.js';

/** An engine whose answers the test gives by hand; the port under test and its channels are the real ones. */
class ManualEngine implements Engine {
  readonly asked: {
    name: string;
    input: unknown;
    resolve: (v: never) => void;
    reject: (e: Error) => void;
  }[] = [];
  readonly listeners = new Set<(snapshot: SessionSnapshot) => void>();
  readonly calls = new Proxy({} as EngineCalls, {
    get: (_, name: string) => (input: unknown) =>
      new Promise((resolve, reject) => this.asked.push({ name, input, resolve, reject })),
  });
  watch(_topic: string, _argument: unknown, listener: (snapshot: never) => void): () => void {
    const one = listener as (snapshot: SessionSnapshot) => void;
    this.listeners.add(one);
    one({ state: 'starting' });
    return () => this.listeners.delete(one);
  }
  async close(): Promise<void> {}
}

const conversation = 'AAAAAAAAAAAAAAAAAAAAAA' as ConversationId;
const until = async (holds: () => boolean) => {
  for (let turn = 0; turn < 500 && !holds(); turn++) await new Promise((r) => setTimeout(r, 2));
  assert.ok(holds(), 'did not come about');
};

interface Serving {
  readonly engine: ManualEngine;
  stop(): void;
  leave(tab: string): void;
}
let generation = 0;
function serve(): Serving {
  const engine = new ManualEngine();
  const leavers = new Map<string, () => void>();
  const stop = serveEngine(engine, {
    open: openBroadcast,
    generation: `worker-${generation++}`,
    gone: (tab) => new Promise((resolve) => leavers.set(tab, resolve)),
    report: () => undefined,
  });
  return { engine, stop, leave: (tab) => leavers.get(tab)?.() };
}
let tabs = 0;
const join = (tab = `tab-${tabs++}`) => new EnginePort({ tab, open: openBroadcast, clock: systemClock });

const test = suite('engine port');

test('calls and snapshots cross, and a tab that came before the worker is served too', async () => {
  const port = join();
  const seen: SessionSnapshot[] = [];
  port.watch('session', null, (snapshot) => seen.push(snapshot));
  const answer = port.calls.send({ conversation, text: 'hello' });
  const { engine, stop } = serve();
  await until(() => engine.asked.length === 1 && seen.length === 1);
  assert.equal(engine.asked[0]!.input, { conversation, text: 'hello' });
  engine.asked[0]!.resolve({ event: 'e' as EventId } as never);
  assert.equal(await answer, { event: 'e' });
  assert.equal(seen, [{ state: 'starting' }]);
  await port.close();
  await until(() => engine.listeners.size === 0);
  stop();
});

test('an error crosses as its code and comes back as the same class', async () => {
  const { engine, stop } = serve();
  const port = join();
  const failed = port.calls.signIn({ login: 'a', password: 'b' }).catch((error: unknown) => error);
  await until(() => engine.asked.length === 1);
  engine.asked[0]!.reject(new ProtocolError('request/too-fast', { detail: 'inside', retryAfterMs: 900 }));
  const error = await failed;
  assert.instance(error, ProtocolError);
  assert.is((error as ProtocolError).code, 'request/too-fast');
  assert.is((error as ProtocolError).retryAfterMs, 900);
  assert.is((error as ProtocolError).message.includes('inside'), false);
  await port.close();
  stop();
});

test('an error without a code crosses as unavailable and without its words', async () => {
  const { engine, stop } = serve();
  const port = join();
  const failed = port.calls.localContents().catch((error: unknown) => error);
  await until(() => engine.asked.length === 1);
  engine.asked[0]!.reject(new TypeError('secret detail'));
  const error = (await failed) as ProtocolError;
  assert.is(error.code, 'service/unavailable');
  assert.is(error.message.includes('secret'), false);
  await port.close();
  stop();
});

test('when another worker takes over, watches are renewed, safe calls repeated and unsafe ones refused', async () => {
  const first = serve();
  const port = join();
  let snapshots = 0;
  const end = port.watch('session', null, () => snapshots++);
  const refused = port.calls.send({ conversation, text: 'once only' }).catch((error: unknown) => error);
  const repeated = port.calls.localContents();
  await until(() => first.engine.asked.length === 2 && snapshots === 1);
  first.stop();
  const second = serve();
  await until(() => second.engine.asked.length === 1 && snapshots === 2);
  assert.is(second.engine.asked[0]!.name, 'localContents');
  second.engine.asked[0]!.resolve({ conversations: 1, queued: 0 } as never);
  assert.equal(await repeated, { conversations: 1, queued: 0 });
  assert.is(((await refused) as ProtocolError).code, 'service/unavailable');
  end();
  await until(() => second.engine.listeners.size === 0);
  await port.close();
  second.stop();
});

test('what the vanished worker never took is asked of the next one, whatever it is', async () => {
  const first = serve();
  const port = join();
  const welcomed = port.calls.reconnect();
  await until(() => first.engine.asked.length === 1);
  first.engine.asked[0]!.resolve(undefined as never);
  await welcomed;
  first.stop();
  const answer = port.calls.send({ conversation, text: 'into the gap' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const second = serve();
  await until(() => second.engine.asked.length === 1);
  assert.equal(second.engine.asked[0]!.input, { conversation, text: 'into the gap' });
  second.engine.asked[0]!.resolve({ event: 'e' as EventId } as never);
  assert.equal(await answer, { event: 'e' });
  await port.close();
  second.stop();
});

test('the watches of a tab that vanished without a word are dropped', async () => {
  const { engine, stop, leave } = serve();
  const port = join('vanishing');
  port.watch('session', null, () => undefined);
  await until(() => engine.listeners.size === 1);
  leave('vanishing');
  await until(() => engine.listeners.size === 0);
  await port.close();
  stop();
});

const shown = (count: number): TimelineSnapshot => ({
  conversation,
  items: Array.from(
    { length: count },
    (_, index): TimelineItem => ({ kind: 'waiting', id: `w${index}`, author: null, at: index }),
  ),
  hasOlder: false,
  unreadFrom: null,
  unread: 0,
  draft: '',
  kind: 'direct',
  name: 'noor',
  peer: { account: 'noor' as AccountId, username: 'noor' },
  members: 2,
  standing: 'accepted',
  member: true,
  held: null,
  gone: false,
});

/** An engine with one timeline, which grows. */
function growing() {
  const engine = new ManualEngine();
  const listeners = new Set<(snapshot: TimelineSnapshot) => void>();
  let now = shown(50);
  engine.watch = (_topic, _argument, listener) => {
    const one = listener as (snapshot: TimelineSnapshot) => void;
    listeners.add(one);
    one(now);
    return () => listeners.delete(one);
  };
  const grow = () => {
    now = { ...now, items: [...now.items, ...shown(now.items.length + 1).items.slice(-1)] };
    for (const listener of listeners) listener(now);
  };
  const stop = serveEngine(engine, {
    open: openBroadcast,
    generation: `worker-${generation++}`,
    gone: () => new Promise(() => undefined),
    report: () => undefined,
  });
  return { grow, stop, listeners };
}

test('U7 a timeline crosses whole once, then as what changed, to each tab by itself', async () => {
  const { grow, stop, listeners } = growing();
  const heard: FromEngine[] = [];
  const ear = openBroadcast<FromEngine, ToEngine>(tabChannel('heard'));
  ear.listen((message) => heard.push(message));
  const [one, two] = [join('heard'), join()];
  const seen: TimelineSnapshot[][] = [[], []];
  one.watch('timeline', conversation, (snapshot) => seen[0]!.push(snapshot));
  await until(() => seen[0]!.length === 1);
  grow();
  two.watch('timeline', conversation, (snapshot) => seen[1]!.push(snapshot));
  await until(() => seen[1]!.length === 1);
  grow();
  await until(() => seen[0]!.length === 3 && seen[1]!.length === 2);
  assert.equal([seen[0]!.at(-1), seen[1]!.at(-1)], [shown(52), shown(52)]);
  assert.ok(seen[0]![2]!.items[0] === seen[0]![0]!.items[0], 'what did not change is the same object');
  const sizes = heard.flatMap((message) => ('value' in message ? [JSON.stringify(message).length] : []));
  assert.is(sizes.length, 3);
  assert.ok(
    sizes.slice(1).every((size) => size < sizes[0]! / 10),
    `${sizes} characters`,
  );
  ear.close();
  await one.close();
  await two.close();
  await until(() => listeners.size === 0);
  stop();
});

test('U7 a difference of another snapshot than the one that is here is not folded: the whole is asked for', async () => {
  const { grow, stop } = growing();
  const port = join('missing');
  const seen: TimelineSnapshot[] = [];
  port.watch('timeline', conversation, (snapshot) => seen.push(snapshot));
  await until(() => seen.length === 1);
  const stray = openBroadcast<ToEngine, FromEngine>(tabChannel('missing'));
  stray.post({
    type: 'difference',
    id: 0,
    nth: 7,
    value: { rest: { unread: 9 }, at: 0, removed: 50, items: [] },
  });
  await until(() => seen.length === 2);
  assert.equal(seen[1], shown(50));
  grow();
  await until(() => seen.length === 3);
  assert.equal(seen[2], shown(51));
  stray.close();
  await port.close();
  stop();
});

test('two tabs are served apart', async () => {
  const { engine, stop } = serve();
  const [one, two] = [join(), join()];
  const answers = Promise.all([one.calls.localContents(), two.calls.localContents()]);
  await until(() => engine.asked.length === 2);
  engine.asked[0]!.resolve({ conversations: 1, queued: 0 } as never);
  engine.asked[1]!.resolve({ conversations: 2, queued: 0 } as never);
  assert.equal((await answers).map((answer) => answer.conversations).sort(), [1, 2]);
  await one.close();
  await two.close();
  stop();
});

test.run();

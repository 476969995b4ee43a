import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogRecord } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Stored } from '../log/log-store.js';
import { openLevelStores } from '../open-level.js';
import { codeOf } from '../testing/code-of.js';
import { contents, freshDocument, TestFeed } from '../testing/records.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { connected, ServedStores, until } from '../testing/served-stores.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { UnixProxy } from '../testing/unix-proxy.js';
import type { HostedStores } from './connect-stores.js';
import { connectStores } from './connect-stores.js';
import { serveStores } from './serve-stores.js';

const test = suite('store host');
const EVERYTHING = new Map<number, number>();
const nothing = new Uint8Array();
const UNAVAILABLE = 'sync/store-unavailable';

/** A store host that can be killed. */
async function startProcess(folder: string, path: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('../testing/store-host-process.js', import.meta.url));
  const child = spawn(process.execPath, [program, folder, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const ended = once(child, 'close');
  child.kill(signal);
  await ended;
}

/** Appends one record after another until told to stop, and repeats what it may not assume. */
class PersistentWriter {
  readonly #stores: HostedStores;
  readonly #feed: TestFeed;
  acknowledged = 0;
  refused = 0;
  outcomes: Stored[] = [];
  stopping = false;

  constructor(stores: HostedStores, feed: TestFeed) {
    this.#stores = stores;
    this.#feed = feed;
  }

  async write(): Promise<void> {
    while (!this.stopping) {
      const record = this.#feed.record(this.acknowledged);
      try {
        const [outcome] = await this.#stores.log.append([record]);
        this.outcomes.push(outcome!);
        if (outcome !== 'stored' && outcome !== 'present') throw new Error(`append: ${outcome}`);
        this.acknowledged += 1;
      } catch (error) {
        if (!(error instanceof Error) || !('code' in error) || error.code !== UNAVAILABLE) throw error;
        this.refused += 1;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  }
}

/** Every acknowledged record is there once, and no feed has a hole. */
async function assertKept(stores: HostedStores, feed: TestFeed, acknowledged: number): Promise<void> {
  const all = await stores.log.read(feed.document, EVERYTHING);
  const own = all.filter(({ client }) => client === feed.client);
  assert.ok(own.length >= acknowledged, `${own.length} of ${acknowledged}`);
  assert.equal(contents(own), contents(feed.records(0, own.length)));
}

test("S1 S3 what one server writes another hears of and reads, and neither can take the other's place", async () => {
  const served = await ServedStores.start();
  const [one, other] = [await served.connect(), await served.connect()];
  const feed = new TestFeed(freshDocument(), 1);
  const told: LogRecord[][] = [[], []];
  for (const [index, { log }] of [one, other].entries()) log.tail((records) => told[index]!.push(...records));
  assert.equal(await one.log.append(feed.records(0, 3)), ['stored', 'stored', 'stored']);
  assert.equal(await other.log.append(feed.records(2, 2)), ['present', 'stored']);
  assert.equal(await one.log.append([feed.record(3, 'other')]), ['fork']);
  assert.equal(await other.log.append([feed.record(9)]), ['gap']);
  await until(() => told.every(({ length }) => length === 4), 'the tail on both servers');
  for (const records of told) assert.equal(contents(records), contents(feed.records(0, 4)));
  const rivals = await Promise.all(
    Array.from({ length: 20 }, (_, rival) =>
      (rival % 2 ? one : other).log.append([feed.record(4, `rival ${rival}`)]),
    ),
  );
  assert.is(rivals.flat().filter((outcome) => outcome === 'stored').length, 1);
  assert.is(rivals.flat().filter((outcome) => outcome === 'fork').length, 19);
  await served.destroy();
});

test('a claim that one server makes is taken for the other, which hears of it', async () => {
  const served = await ServedStores.start();
  const [one, other] = [await served.connect(), await served.connect()];
  const heard: string[] = [];
  const leave = other.claims.watch('user:', ({ key }) => heard.push(key));
  // Whatever is answered after it was told.
  await other.claims.get('user:a');
  await one.claims.own('user:a', nothing);
  assert.is(await codeOf(() => other.claims.own('user:a', nothing)), 'ClaimTakenError');
  assert.equal(heard, ['user:a']);
  leave();
  await other.claims.get('user:a');
  await one.claims.own('user:b', nothing);
  await other.claims.get('user:b');
  assert.equal(heard, ['user:a']);
  await served.destroy();
});

test('S10 nothing is written under a claim that the writing server had not heard of', async () => {
  const served = await ServedStores.start();
  const one = await served.connect();
  const path = join(served.folder, 'slow.sock');
  const proxy = await UnixProxy.start(path, served.path);
  const late = await served.connect(path);
  const feed = new TestFeed(freshDocument(), 1);
  let removed = false;
  let asked = 0;
  late.claims.watch('removal:', () => {
    removed = true;
  });
  late.claims.watch('noise:', () => undefined);
  const stands = () => {
    asked += 1;
    return !removed;
  };
  await late.claims.get('removal:x');
  proxy.hold();
  await one.claims.own('removal:x', nothing);
  const appending = late.log.append([feed.record(0)], stands, ['removal:']);
  await until(() => asked === 1, 'the question');
  proxy.release();
  assert.equal(await appending, [], 'it was asked again once the removal was heard of');
  assert.is(asked, 2);
  assert.equal(await one.log.read(feed.document, EVERYTHING), []);
  // Other claims make nobody ask again.
  removed = false;
  proxy.hold();
  await one.claims.own('noise:1', nothing);
  const unmoved = late.log.append([feed.record(0)], stands, ['removal:']);
  await until(() => asked === 3, 'the question');
  proxy.release();
  assert.equal(await unmoved, ['stored']);
  assert.is(asked, 3);
  await proxy.close();
  await served.destroy();
});

test('S7 servers that write at once never exceed what a document may hold', async () => {
  const served = await ServedStores.start({ level: { documentMost: 50 } });
  const servers = [await served.connect(), await served.connect(), await served.connect()];
  const document = freshDocument();
  const outcomes = await Promise.all(
    Array.from({ length: 90 }, (_, client) =>
      servers[client % 3]!.log.append([new TestFeed(document, client).record(0)]),
    ),
  );
  assert.is(outcomes.filter(([outcome]) => outcome === 'stored').length, 50);
  assert.is(outcomes.filter(({ length }) => length === 0).length, 40);
  const [stored] = await servers[0]!.log.read(document, EVERYTHING);
  assert.equal(await servers[1]!.log.append([stored!]), ['present'], 'what is there is acknowledged again');
  await served.destroy();
});

test('S1 S3 of appends under way when the host is killed each is answered once, and what was answered is kept', async () => {
  const folder = await temporaryFolder();
  const [data, path] = [join(folder.path, 'store'), join(folder.path, 'host.sock')];
  let host = await startProcess(data, path);
  const servers = [0, 1, 2].map(() => connectStores(path, { retryMs: { first: 5, most: 20 } }));
  await Promise.all(servers.map(connected));
  const interruptions = servers.map(() => 0);
  for (const [index, { log }] of servers.entries())
    log.tail(
      () => undefined,
      () => {
        interruptions[index]! += 1;
      },
    );
  const feeds = servers.map((_, client) => new TestFeed(freshDocument(), client));
  const writers = servers.map((stores, index) => new PersistentWriter(stores, feeds[index]!));
  const writing = writers.map((writer) => writer.write());
  const kills = 3;
  for (let round = 1; round <= kills; round += 1) {
    const goal = writers.map(({ acknowledged }) => acknowledged + 30);
    await until(() => writers.every(({ acknowledged }, index) => acknowledged >= goal[index]!), 'appends');
    await kill(host);
    host = await startProcess(data, path);
  }
  const after = writers.map(({ acknowledged }) => acknowledged);
  await until(
    () => writers.every(({ acknowledged }, index) => acknowledged > after[index]!),
    'appends again',
  );
  for (const writer of writers) writer.stopping = true;
  await Promise.all(writing);
  for (const [index, writer] of writers.entries()) {
    assert.ok(writer.refused > 0, 'somebody was told that nothing may be assumed');
    await assertKept(servers[(index + 1) % 3]!, feeds[index]!, writer.acknowledged);
  }
  assert.equal(interruptions, [kills, kills, kills]);
  await Promise.all(servers.map((stores) => stores.close()));
  await kill(host);
  await folder.remove();
});

test('S9 of a host that stopped nothing is believed later; once it goes on everything does', async () => {
  const folder = await temporaryFolder();
  const [data, path] = [join(folder.path, 'store'), join(folder.path, 'host.sock')];
  const host = await startProcess(data, path);
  const stores = await connected(connectStores(path, { timeoutMs: 200, retryMs: { first: 5, most: 20 } }));
  const feed = new TestFeed(freshDocument(), 1);
  await stores.log.append([feed.record(0)]);
  host.kill('SIGSTOP');
  const refusals = await Promise.all([
    codeOf(() => stores.log.append([feed.record(1)])),
    codeOf(() => stores.log.head('m.AAAAAAAAAAAAAAAAAAAAAA' as Parameters<typeof stores.log.head>[0])),
    codeOf(() => stores.claims.own('user:a', nothing)),
  ]);
  assert.equal(refusals, [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE]);
  host.kill('SIGCONT');
  const writer = new PersistentWriter(stores, feed);
  const writing = writer.write();
  await until(() => writer.acknowledged >= 5, 'appends');
  writer.stopping = true;
  await writing;
  await assertKept(stores, feed, writer.acknowledged);
  await stores.close();
  await kill(host);
  await folder.remove();
});

test('S1 S3 sockets that are cut anywhere lose and double nothing', async () => {
  const random = new SeededRandom('store host, cut sockets');
  const served = await ServedStores.start();
  const path = join(served.folder, 'cut.sock');
  const proxy = await UnixProxy.start(path, served.path);
  const stores = await served.connect(path);
  const feed = new TestFeed(freshDocument(), 1);
  const told: LogRecord[] = [];
  let interrupted = 0;
  stores.log.tail(
    (records) => told.push(...records),
    () => {
      interrupted += 1;
    },
  );
  const writer = new PersistentWriter(stores, feed);
  const writing = writer.write();
  for (let round = 1; round <= 20; round += 1) {
    proxy.cutAfter(random.int(400));
    await until(() => proxy.cuts >= round, 'a cut');
    const goal = writer.acknowledged + 1;
    await until(() => writer.acknowledged >= goal, 'the next append');
  }
  writer.stopping = true;
  await writing;
  await assertKept(stores, feed, writer.acknowledged);
  assert.is((await stores.log.read(feed.document, EVERYTHING)).length, writer.acknowledged);
  assert.ok(told.length <= writer.acknowledged, 'nothing is told twice');
  assert.is(interrupted, 20, 'every gap in what is told is said');
  await proxy.close();
  await served.destroy();
});

test('S13 a server that does not read is cut off and begins anew; the others go on', async () => {
  const served = await ServedStores.start({ host: { unsentBytes: 64 * 1024 } });
  const one = await served.connect();
  const path = join(served.folder, 'deaf.sock');
  const proxy = await UnixProxy.start(path, served.path);
  const deaf = await served.connect(path);
  let interrupted = 0;
  deaf.log.tail(
    () => undefined,
    () => {
      interrupted += 1;
    },
  );
  await deaf.claims.get('user:a');
  proxy.hold();
  const feed = new TestFeed(freshDocument(), 1);
  const text = 'x'.repeat(50_000);
  let clock = 0;
  for (; served.failures.length === 0 && clock < 400; clock += 1)
    assert.equal(await one.log.append([feed.record(clock, text)]), ['stored']);
  assert.is(served.failures.length, 1);
  proxy.release();
  await until(() => interrupted === 1, 'the interruption');
  assert.is((await deaf.log.stateVector(feed.document)).get(1), clock);
  await proxy.close();
  await served.destroy();
});

test('a second host at one path is refused, and what a dead one left behind is not in the way', async () => {
  const served = await ServedStores.start();
  const folder = await temporaryFolder();
  const rival = await openLevelStores(folder.path);
  assert.is(await codeOf(() => serveStores(rival, served.path)), 'store/locked');
  assert.is(
    await codeOf(() => serveStores(rival, join(folder.path, 'nowhere', 'host.sock'))),
    'store/unwritable',
  );
  assert.is((await stat(served.path)).mode & 0o777, 0o600, 'its owner alone may connect');
  await rival.close();
  const path = join(folder.path, 'host.sock');
  await kill(await startProcess(join(folder.path, 'other'), path));
  const heir = await openLevelStores(join(folder.path, 'other'));
  const host = await serveStores(heir, path);
  assert.is(host.connections, 0);
  await host.close();
  await heir.close();
  await folder.remove();
  await served.destroy();
});

test('a stranger who speaks something else is cut off', async () => {
  const served = await ServedStores.start();
  const { createConnection } = await import('node:net');
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.alloc(100),
    Buffer.from([0, 0, 0, 2, 1, 65]),
  ]) {
    const socket = createConnection(served.path);
    socket.on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close');
  }
  assert.is(served.failures.length, 3);
  await served.destroy();
});

test.run();

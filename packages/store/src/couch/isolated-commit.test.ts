import { setTimeout as sleep } from 'node:timers/promises';
import type { DocumentName } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Append } from '../log/append-group.js';
import type { Stored } from '../log/log-store.js';
import { recordKey } from '../log/record-keys.js';
import { codeOf } from '../testing/code-of.js';
import { freshDocument, TestFeed } from '../testing/records.js';
import { IsolatedCommit } from './isolated-commit.js';
import { recordsPrefix } from './record-documents.js';

const test = suite('commits that keep to themselves');
const KIB = 1_024;
const BOUNDS = {
  groupBytes: 64 * KIB,
  held: { total: 256 * KIB, each: 32 * KIB },
  patienceMs: 20,
};

/** A store in memory whose documents can be made to fail or to hang. */
class Stand {
  readonly failing = new Set<DocumentName>();
  readonly hanging = new Set<DocumentName>();
  readonly written = new Map<DocumentName, number>();
  readonly groups: number[] = [];
  readonly commit: IsolatedCommit;
  #release: () => void = () => undefined;
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  constructor(bounds = BOUNDS) {
    this.commit = new IsolatedCommit((appends) => this.#write(appends), bounds);
  }

  release(): void {
    this.hanging.clear();
    this.#release();
  }

  append(feed: TestFeed, clock: number, size = 10): Promise<Stored[]> {
    const prefix = recordsPrefix(feed.document);
    const records = [feed.record(clock, 'x'.repeat(size))];
    assert.ok(recordKey(prefix, records[0]!));
    return this.commit.run({ document: feed.document, prefix, records });
  }

  async #write(appends: readonly Append[]): Promise<Stored[][]> {
    this.groups.push(new Set(appends.map(({ document }) => document)).size);
    await sleep(1);
    if (appends.some(({ document }) => this.hanging.has(document))) await this.#released;
    if (appends.some(({ document }) => this.failing.has(document)))
      throw new ProtocolError('sync/store-unavailable', { detail: 'as planned' });
    for (const { document } of appends) this.written.set(document, (this.written.get(document) ?? 0) + 1);
    return appends.map(({ records }) => records.map(() => 'stored' as const));
  }
}

const feeds = (count: number) =>
  Array.from({ length: count }, (_, index) => new TestFeed(freshDocument(), index + 1));

test('S9 one document whose writes fail for ever keeps no other one from being written; it is tried now and then, and comes back', async () => {
  const stand = new Stand();
  const [bad, ...good] = feeds(9) as [TestFeed, ...TestFeed[]];
  stand.failing.add(bad.document);
  const refusals: (string | undefined)[] = [];
  for (let round = 0; round < 40; round += 1) {
    const spoilt = codeOf(() => stand.append(bad, round)).then((code) => refusals.push(code as string));
    for (const told of await Promise.all(good.map((feed) => stand.append(feed, round))))
      assert.equal(told, ['stored']);
    await spoilt;
  }
  assert.equal(refusals, Array(40).fill('sync/store-unavailable'));
  for (const { document } of good) assert.is(stand.written.get(document), 40);
  const alone = stand.groups.filter((documents) => documents === 1).length;
  assert.ok(alone < 20, `${alone} writes alone: a document that fails is not tried each time`);
  stand.failing.clear();
  for (let clock = 0; ; clock += 1) {
    if ((await codeOf(() => stand.append(bad, clock))) === undefined) break;
    await sleep(50);
  }
  assert.equal(await stand.append(bad, 1), ['stored']);
  assert.is(stand.commit.held, 0);
});

test('S9 one document whose writes hang lets the others pass; what was taken of it is answered in the end', async () => {
  const stand = new Stand();
  const [slow, ...good] = feeds(5) as [TestFeed, ...TestFeed[]];
  stand.hanging.add(slow.document);
  const stuck = [stand.append(slow, 0), stand.append(good[0]!, 0)];
  await sleep(1);
  const later = stand.append(slow, 1);
  for (let round = 0; round < 30; round += 1)
    for (const told of await Promise.all(good.slice(1).map((feed) => stand.append(feed, round))))
      assert.equal(told, ['stored']);
  assert.not(stand.written.has(slow.document));
  stand.release();
  for (const told of await Promise.all([...stuck, later])) assert.equal(told, ['stored']);
  assert.is(stand.commit.held, 0);
});

test('S9 what was taken is bounded for each document and in all: the rest is refused at once with a time to wait, and nothing is kept of it', async () => {
  const stand = new Stand();
  const all = feeds(20);
  for (const { document } of all) stand.hanging.add(document);
  const size = 4 * KIB;
  const taken: Promise<Stored[]>[] = [];
  const refused: ProtocolError[] = [];
  for (const feed of all)
    for (let clock = 0; clock < 100; clock += 1) {
      const run = stand.append(feed, clock, size);
      run.catch((error: ProtocolError) => refused.push(error));
      taken.push(run);
    }
  await sleep(0);
  assert.ok(stand.commit.held <= BOUNDS.held.total, `${stand.commit.held} bytes held`);
  assert.ok(stand.commit.held > BOUNDS.held.total - 2 * size);
  assert.ok(refused.length > 1_900, `${refused.length} of 2,000 refused`);
  for (const { code, retryAfterMs } of refused) {
    assert.is(code, 'sync/store-unavailable');
    assert.ok(retryAfterMs! > 0);
  }
  stand.release();
  const settled = await Promise.allSettled(taken);
  assert.is(settled.filter(({ status }) => status === 'fulfilled').length, 2_000 - refused.length);
  assert.is(stand.commit.held, 0);
});

test('S9 one document floods: the others have room', async () => {
  const stand = new Stand();
  const [flood, ...good] = feeds(5) as [TestFeed, ...TestFeed[]];
  const flooding = Array.from({ length: 500 }, (_, clock) =>
    codeOf(() => stand.append(flood, clock, 4 * KIB)),
  );
  for (const told of await Promise.all(good.map((feed) => stand.append(feed, 0, 4 * KIB))))
    assert.equal(told, ['stored']);
  const refused = (await Promise.all(flooding)).filter((code) => code !== undefined).length;
  assert.ok(refused > 480 && refused < 500, `${refused} refused`);
});

test('a store that fails for all is no document its fault: none has to rest when it is back', async () => {
  const stand = new Stand();
  const all = feeds(6);
  for (const { document } of all) stand.failing.add(document);
  for (let round = 0; round < 5; round += 1)
    for (const code of await Promise.all(all.map((feed) => codeOf(() => stand.append(feed, 0)))))
      assert.is(code, 'sync/store-unavailable');
  stand.failing.clear();
  for (const told of await Promise.all(all.map((feed) => stand.append(feed, 0))))
    assert.equal(told, ['stored']);
});

test('those that were in a failed group go together again once each came through', async () => {
  const stand = new Stand();
  const all = feeds(6);
  stand.failing.add(all[0]!.document);
  await Promise.all(all.map((feed) => codeOf(() => stand.append(feed, 0))));
  stand.groups.length = 0;
  await Promise.all(all.slice(1).map((feed) => stand.append(feed, 1)));
  assert.equal(stand.groups, [5]);
});

test.run();

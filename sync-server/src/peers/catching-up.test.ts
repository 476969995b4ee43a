import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import {
  ANSWER,
  type ConversationId,
  type DocumentName,
  type LogRecord,
  parseDocumentName,
  parseUpdate,
  randomId,
} from '@sotto/protocol';
import type { LogStore } from '@sotto/store';
import { openLevelStores } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { feedRecords, messages, person } from '../testing/server.js';
import { CatchingUp, type Reader } from './catching-up.js';
import { Delivery } from './delivery.js';

const BOUNDS = { answerBytes: 200, missedFeeds: 100 };

/** A subscriber whose room the test decides: what it was sent, each as `client:clock`, by whichever way. */
class Subscriber implements Reader {
  timesBehind = 0;
  readonly got: string[] = [];
  hasRoom = true;
  wanted = true;
  updates = 0;
  givenUp: unknown[] = [];
  #resume: (() => void)[] = [];

  constructor(readonly document: DocumentName) {}

  room(): Promise<void> {
    return this.hasRoom ? Promise.resolve() : new Promise((resolve) => this.#resume.push(resolve));
  }

  makeRoom(): void {
    this.hasRoom = true;
    for (const resume of this.#resume.splice(0)) resume();
  }

  wants(): boolean {
    return this.wanted;
  }

  update(document: DocumentName, update: Uint8Array): void {
    this.updates += 1;
    for (const { records } of parseUpdate(update, document, ANSWER)) this.take(records);
  }

  take(records: readonly LogRecord[]): void {
    this.got.push(...records.map(({ client, clock }) => `${client}:${clock}`));
  }

  behind(): void {
    this.timesBehind += 1;
  }

  giveUp(error?: unknown): void {
    this.givenUp.push(error);
  }
}

interface World {
  log: LogStore;
  subscriber: Subscriber;
  catchingUp: CatchingUp;
  /** Next records of a client, written to the store. */
  write(client: number, count: number): Promise<void>;
  end(): Promise<void>;
}

async function world(bounds = BOUNDS): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-catching-'));
  const stores = await openLevelStores(folder);
  const document = messages(randomId<ConversationId>());
  const subscriber = new Subscriber(document);
  const catchingUp = new CatchingUp(stores.log, subscriber, bounds);
  const clocks = new Map<number, number>();
  stores.log.tail((records) => {
    const delivery = new Delivery(parseDocumentName(document).log, records);
    if (!catchingUp.leaves(delivery)) subscriber.take(records);
  });
  const who = person();
  return {
    log: stores.log,
    subscriber,
    catchingUp,
    async write(client, count) {
      const first = clocks.get(client) ?? 0;
      clocks.set(client, first + count);
      await stores.log.append(feedRecords(who, document, client, count, first));
    },
    async end() {
      catchingUp.stop();
      await stores.close();
      await rm(folder, { recursive: true });
    },
  };
}

const clocksOf = (got: readonly string[], client: number) =>
  got.filter((one) => one.startsWith(`${client}:`)).map((one) => Number(one.split(':')[1]));
const upTo = (count: number) => Array.from({ length: count }, (_, clock) => clock);

async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; !holds(); round += 1) {
    if (round > 5_000) throw new Error('never');
    await turn();
  }
}

const test = suite('slow readers');

test('[S13] a reader with room is sent what is written, and nothing is read for it', async () => {
  const { subscriber, write, end } = await world();
  await write(1, 3);
  assert.equal(subscriber.got, ['1:0', '1:1', '1:2']);
  assert.is(subscriber.timesBehind, 0);
  assert.is(subscriber.updates, 0);
  await end();
});

test('[S13] what it had no room for comes from the store, every feed in order and once, also what is written meanwhile', async () => {
  const { subscriber, write, end } = await world();
  await write(1, 2);
  await write(2, 1);
  subscriber.hasRoom = false;
  for (let round = 0; round < 20; round += 1) {
    await write(1, 5);
    await write(3, 2);
  }
  assert.is(subscriber.got.length, 3, 'nothing is sent, nothing is kept');
  subscriber.makeRoom();
  for (let round = 0; round < 10; round += 1) {
    await write(2, 3);
    await write(4, 1);
  }
  await until(() => subscriber.got.length >= 183);
  await write(1, 1);
  await until(() => subscriber.got.length >= 184);
  for (const [client, count] of [
    [1, 103],
    [2, 31],
    [3, 40],
    [4, 10],
  ] as const)
    assert.equal(clocksOf(subscriber.got, client), upTo(count), `feed ${client}`);
  assert.ok(subscriber.updates > 1, 'in pieces');
  assert.is(subscriber.timesBehind, 1);
  await end();
});

test('[S10] [S13] what it may not read any more is not sent to it', async () => {
  const { subscriber, write, end } = await world();
  subscriber.hasRoom = false;
  await write(1, 5);
  subscriber.wanted = false;
  subscriber.makeRoom();
  for (let round = 0; round < 50; round += 1) await turn();
  assert.equal(subscriber.got, []);
  assert.equal(subscriber.givenUp, []);
  await end();
});

test('[S13] feeds that were missed are noted up to a bound: then it has to come back', async () => {
  const { subscriber, write, end } = await world({ ...BOUNDS, missedFeeds: 3 });
  subscriber.hasRoom = false;
  for (const client of [1, 2, 3]) await write(client, 4);
  assert.is(subscriber.givenUp.length, 0);
  await write(4, 1);
  await write(5, 1);
  assert.is(subscriber.givenUp.length, 1);
  await end();
});

test('[S9] a store that fails sends a slow reader away, never on without what it missed', async () => {
  const { subscriber, log, write, end } = await world();
  subscriber.hasRoom = false;
  await write(1, 4);
  Object.assign(log, { read: () => Promise.reject(new Error('disk')) });
  subscriber.makeRoom();
  await until(() => subscriber.givenUp.length > 0);
  assert.is((subscriber.givenUp[0] as Error).message, 'disk');
  assert.equal(subscriber.got, []);
  await end();
});

test.run();

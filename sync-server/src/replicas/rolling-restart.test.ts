import type { LogRecord } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PersistentWriter } from '../testing/persistent-writer.js';
import { Cluster, until } from '../testing/processes.js';
import { messages, person } from '../testing/server.js';

const test = suite('replicas that come and go');
const WRITERS = 6;
/** Envelopes of each writer between two troubles. */
const SOME = 5;
/** What each may write on while the next trouble comes. */
const AHEAD = 10;

/** Runs writers at all servers while `trouble` goes on, then compares what was acknowledged with what is there. */
async function underLoad(
  cluster: Cluster,
  trouble: (progress: () => Promise<void>) => Promise<void>,
): Promise<readonly PersistentWriter[]> {
  const people = Array.from({ length: WRITERS }, () => person());
  const [first] = cluster.replicas;
  const founder = await first!.device(people[0]!);
  const conversation = await first!.conversation(founder, ...people.slice(1));
  founder.cut();
  const document = messages(conversation);
  const writers = people.map((who, index) => new PersistentWriter(who, document, cluster.replicas, index));
  const writing = writers.map((writer) => writer.write());
  const progress = async () => {
    const goals = writers.map(({ acknowledged }) => acknowledged + SOME);
    for (const [index, writer] of writers.entries()) writer.goal = goals[index]! + AHEAD;
    await until(() => writers.every(({ acknowledged }, index) => acknowledged >= goals[index]!), 'progress');
  };
  await progress();
  await trouble(progress);
  await progress();
  for (const writer of writers) writer.stop();
  await Promise.all(writing);
  const stores = await cluster.stores();
  const records: LogRecord[] = await stores.log.read(document, new Map());
  for (const { client, acknowledged } of writers) {
    const clocks = records.filter((record) => record.client === client).map(({ clock }) => clock);
    // One may be durable whose acknowledgement was lost.
    assert.ok(clocks.length === acknowledged || clocks.length === acknowledged + 1, 'nothing lost');
    assert.equal(
      clocks,
      clocks.map((_, index) => index),
      'nothing doubled, no hole',
    );
  }
  return writers;
}

test('S12 S1 S3 a rolling restart under load loses and doubles nothing; every server ends in order', async () => {
  const cluster = await Cluster.start(3, { RETURN_MS: '50' });
  const codes: (number | null)[] = [];
  const writers = await underLoad(cluster, async (progress) => {
    for (const replica of cluster.replicas) {
      codes.push(await replica.program.kill('SIGTERM'));
      await replica.restart();
      await progress();
    }
  });
  assert.equal(codes, [0, 0, 0]);
  const closes = writers.flatMap((writer) => writer.closes);
  assert.ok(closes.filter((code) => code === 1012).length >= WRITERS, 'everybody was sent on at least once');
  assert.equal(
    writers.flatMap(({ errors }) => errors),
    [],
    'nobody was told of an error',
  );
  await cluster.stop();
});

test('S1 S3 servers and the store host killed under load lose and double nothing', async () => {
  const cluster = await Cluster.start(3, { RETURN_MS: '50' });
  const writers = await underLoad(cluster, async (progress) => {
    for (const replica of cluster.replicas) {
      await replica.program.kill('SIGKILL');
      await progress();
      await replica.restart();
      await cluster.host.kill('SIGKILL');
      await cluster.startHost();
      await progress();
    }
  });
  const codes = new Set(writers.flatMap(({ errors }) => errors));
  codes.delete('sync/store-unavailable');
  assert.equal([...codes], []);
  await cluster.stop();
});

test.run();

import { logName } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TestDevice } from '../testing/device.js';
import type { Replica } from '../testing/processes.js';
import { Cluster, until } from '../testing/processes.js';
import { Redis } from '../testing/redis.js';
import { messages, person } from '../testing/server.js';

// What the environment names, or else one of this machine's own.
const own = Redis.isThere ? await Redis.start() : undefined;
const url = process.env.REDIS_URL ?? own?.url;
const test = suite('awareness between replicas');
const whenRedis = url ? test : test.skip;
const whenOwn = own ? test : test.skip;
test.after(() => own?.kill());

async function subscribed(device: TestDevice, conversation: Parameters<typeof messages>[0]): Promise<void> {
  device.send({ type: 'subscribe', logs: [logName('m', conversation)] });
  await device.next('head');
}

whenRedis(
  'W10 over Redis awareness reaches the members at other servers, nobody else, and not its sender',
  async () => {
    const cluster = await Cluster.start(2, { REDIS_URL: url! });
    const [one, other] = cluster.replicas as [Replica, Replica];
    const [ann, bob] = [await one.device(person()), await other.device(person())];
    const stranger = await other.device(person());
    const conversation = await one.conversation(ann, bob.who);
    const foreign = await other.conversation(stranger);
    for (const device of [ann, bob]) await subscribed(device, conversation);
    await subscribed(stranger, foreign);
    const log = logName('m', conversation);
    // Redis may still be on its way to being connected; what comes before that is forgotten.
    await until(async () => {
      ann.send({ type: 'awareness', log, payload: Uint8Array.of(7) });
      await ann.settle();
      return bob.all('awareness').length > 0;
    }, 'awareness at the other server');
    assert.equal(bob.all('awareness')[0], { type: 'awareness', log, payload: Uint8Array.of(7) });
    await ann.settle();
    await stranger.settle();
    assert.is(ann.all('awareness').length, 0);
    assert.is(stranger.all('awareness').length, 0);
    const before = bob.all('awareness').length;
    await one.advance(ann, conversation, 1, [ann.who]);
    await bob.until(
      () => bob.all('notice').find(({ notice }) => notice.kind === 'access' && !notice.member),
      'the notice of the removal',
    );
    ann.send({ type: 'awareness', log, payload: Uint8Array.of(8) });
    await ann.settle();
    await bob.settle();
    assert.not.ok(
      bob
        .all('awareness')
        .slice(before)
        .some(({ payload }) => payload[0] === 8),
    );
    await cluster.stop();
  },
);

whenOwn(
  'W10 S1 a Redis that dies, comes back and hangs while people write: nothing durable is lost, doubled or late for it, nobody is cut off, and awareness passes again',
  async () => {
    const redis = own!;
    const cluster = await Cluster.start(2, { REDIS_URL: redis.url });
    const [one, other] = cluster.replicas as [Replica, Replica];
    const [ann, bob] = [await one.device(person()), await other.device(person())];
    const conversation = await one.conversation(ann, bob.who);
    const document = messages(conversation);
    for (const device of [ann, bob]) await subscribed(device, conversation);
    const log = logName('m', conversation);
    let batch = 0;
    const write = async (count: number) => {
      for (let index = 0; index < count; index += 1) {
        batch += 1;
        ann.append(batch, document, ann.envelopes(document, 1).update);
        ann.send({ type: 'awareness', log, payload: new Uint8Array(2_000).fill(batch) });
      }
      await ann.until(() => ann.all('ack').length === batch || undefined, 'acknowledgements');
      await bob.until(() => bob.received(document).length === batch || undefined, 'what was written');
    };
    let said = 0;
    const passes = () => {
      said += 1;
      const payload = Uint8Array.of(200, said);
      return until(async () => {
        ann.send({ type: 'awareness', log, payload });
        await ann.settle();
        return bob.all('awareness').some((frame) => frame.payload.length === 2 && frame.payload[1] === said);
      }, 'awareness at the other server');
    };
    await passes();
    await write(20);
    await redis.kill();
    await write(20);
    await redis.again();
    await passes();
    redis.freeze();
    await write(40);
    redis.thaw();
    await passes();
    const expected = Array.from({ length: batch }, (_, clock) => `${ann.client}:${clock}`);
    assert.equal(bob.received(document), expected, 'each once, in order');
    for (const device of [ann, bob]) assert.is(device.closeCode, undefined);
    assert.is(ann.all('error').length, 0);
    for (const replica of [one, other]) assert.is((await replica.get('/readyz')).status, 200);
    await cluster.stop();
  },
);

test('W10 a Redis that is not there costs nothing but awareness elsewhere, and is said once without its password', async () => {
  const cluster = await Cluster.start(1, { REDIS_URL: 'redis://user:geheim@127.0.0.1:1/' });
  const [replica] = cluster.replicas as [Replica];
  const [ann, bob] = [await replica.device(person()), await replica.device(person())];
  const conversation = await replica.conversation(ann, bob.who);
  for (const device of [ann, bob]) await subscribed(device, conversation);
  ann.send({ type: 'awareness', log: logName('m', conversation), payload: Uint8Array.of(1) });
  await bob.next('awareness');
  ann.append(1, messages(conversation), ann.envelopes(messages(conversation), 1).update);
  await ann.next('ack');
  assert.is(await replica.program.kill('SIGTERM'), 0);
  const { output, errors } = replica.program;
  assert.is(output.split('awareness does not reach other servers').length - 1, 1);
  assert.not.match(output + errors, 'geheim');
  await cluster.stop();
});

test.run();

import { randomInt } from 'node:crypto';
import { documentName, logName } from '@sotto/protocol';
import { AccessLists, markErased } from '@sotto/store';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Replica } from '../testing/processes.js';
import { Cluster } from '../testing/processes.js';
import { documentToken, messages, person } from '../testing/server.js';
import { eventually, StockDevice } from '../testing/stock-provider.js';

const test = suite<{ cluster: Cluster; replicas: [Replica, Replica] }>('erasing, with several servers');

test.before(async (context) => {
  context.cluster = await Cluster.start(2);
  context.replicas = context.cluster.replicas as [Replica, Replica];
});
test.after(({ cluster }) => cluster.stop());

test('O2 an erased group is closed on every server: nobody writes or reads any more, and who had it open is told', async ({
  cluster,
  replicas,
}) => {
  const ann = await replicas[0].device(person());
  const bob = await replicas[1].device(person());
  const conversation = await replicas[0].conversation(ann, bob.who);
  const document = messages(conversation);
  for (const device of [ann, bob]) {
    device.send({ type: 'subscribe', logs: [logName('m', conversation)] });
    await device.next('head');
  }
  const client = randomInt(1, 2 ** 40);
  const token = await documentToken(bob.who, document, client);
  const stock = new StockDevice(replicas[1].url, bob.who, document, client, token);
  await stock.synced();
  let batch = 0;
  let stopped = false;
  // He writes without a pause while it is erased.
  const writing = (async () => {
    while (!stopped) {
      batch += 1;
      bob.append(batch, document, bob.envelopes(document, 1).update);
      await bob.settle();
    }
  })();
  await bob.until(() => (bob.all('ack').length > 3 ? true : undefined), 'acknowledgements');
  const stores = await cluster.stores();
  const access = new AccessLists(stores.log, stores.claims);
  await access.erase(conversation);
  const erased = await stores.log.erase(logName('m', conversation));
  assert.ok(erased > 3);
  for (const device of [ann, bob]) {
    const { subject } = await device.until(
      () => device.all('error').find(({ code }) => code === 'sync/erased'),
      'word of it',
    );
    assert.ok(subject.startsWith(`m.${conversation}`), subject);
    assert.is(device.closeCode, undefined, 'everything else of the device goes on');
  }
  await eventually(() => stock.closes > 0, 'closed');
  await bob.until(
    () => bob.all('error').find((error) => error.code === 'sync/erased' && error.batch > 0),
    'a refusal',
  );
  stopped = true;
  await writing;
  assert.equal(await stores.log.head(logName('m', conversation)), { segment: 0, count: 0 });
  // Who was away comes back.
  const late = await replicas[1].device({ ...ann.who, device: person().device });
  late.send({ type: 'subscribe', logs: [logName('m', conversation)] });
  assert.is((await late.next('error')).code, 'sync/erased');
  const again = ann.envelopes(documentName(logName('s', conversation), 0), 1);
  const change = { kind: 'group', members: [{ account: ann.who.account, role: 'admin' }] } as const;
  const state = documentName(logName('s', conversation), 0);
  ann.send({ type: 'advance', batch: 9, counter: 0, conversation, change, document: state, ...again });
  assert.is(
    (await ann.until(() => ann.all('error').find((one) => one.batch === 9), 'refusal')).code,
    'sync/erased',
  );
  stock.stop();
  access.close();
});

test('O3 nobody puts anything into the inbox of a device that is gone', async ({ cluster, replicas }) => {
  const gone = person();
  const document = documentName(logName('i', gone.device), 0);
  const devices = await Promise.all(replicas.map((replica) => replica.device(person())));
  for (const device of devices) {
    device.append(1, document, device.envelopes(document, 1).update, 0);
    await device.next('ack');
  }
  const stores = await cluster.stores();
  await markErased(stores.claims, gone.device, 'device');
  for (const device of devices) {
    device.append(2, document, device.envelopes(document, 1).update, 0);
    const error = await device.next('error');
    assert.equal([error.code, error.retry, error.batch], ['sync/erased', 'never', 2]);
  }
});

test.run();

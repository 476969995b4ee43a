import { logName } from '@sotto/protocol';
import { ban, liftBan, openCouchStores, setUpCouch, tearDownCouch } from '@sotto/store';
import { COUCH_SERVERS, startCouchPeer, testSettings } from '@sotto/store/suites';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Program, startReplicas, syncSecrets, until } from '../testing/processes.js';
import { accessToken, messages, person } from '../testing/server.js';

const peer = await startCouchPeer();
for (const { name, urls } of [{ name: 'express-pouchdb', urls: peer.url }, ...COUCH_SERVERS])
  runOn(name, urls);

const last = suite('express-pouchdb, afterwards');
last('it stops', () => peer.stop());
last.run();

/** Two sync servers as processes over one CouchDB. */
function runOn(name: string, urls: string | undefined): void {
  const test = suite(`replicas over ${name}`);
  const whenGiven = urls ? test : test.skip;

  whenGiven(
    'S1 W4 S10 a write at one server reaches the members at the other, a removal and a ban too',
    async () => {
      const settings = testSettings(urls!);
      const env = { COUCHDB_URL: urls!, COUCHDB_PREFIX: settings.prefix, COUCHDB_SHARDS: '2' };
      const early = new Program('main', { ...syncSecrets(), ...env, PORT: '0' });
      assert.is(await early.ended, 1);
      assert.match(early.errors, 'store/not-set-up');
      await setUpCouch(settings);
      const replicas = await startReplicas(2, env);
      const [one, other] = [replicas[0]!, replicas[1]!];
      const [ann, bob] = [await one.device(person()), await other.device(person())];
      const conversation = await one.conversation(ann, bob.who);
      const document = messages(conversation);
      bob.send({ type: 'subscribe', logs: [logName('m', conversation)] });
      await bob.next('head');
      const count = 20;
      for (let batch = 1; batch <= count; batch += 1)
        ann.append(batch, document, ann.envelopes(document, 1).update);
      await ann.until(() => ann.all('ack').length === count || undefined, 'acknowledgements');
      const expected = Array.from({ length: count }, (_, clock) => `${ann.client}:${clock}`);
      await bob.until(() => new Set(bob.received(document)).size === count || undefined, 'updates');
      assert.equal([...new Set(bob.received(document))], expected, 'in order');
      await one.advance(ann, conversation, 1, [ann.who]);
      await bob.until(
        () => bob.all('notice').find(({ notice }) => notice.kind === 'access' && !notice.member),
        'the notice of the removal',
      );
      const before = bob.received(document).length;
      ann.append(99, document, ann.envelopes(document, 1).update, 2);
      await ann.until(() => ann.all('ack').find(({ batch }) => batch === 99), 'acknowledgement');
      await until(async () => (await other.metric('sotto_sync_sockets')) === 1, 'the metrics');
      await bob.settle();
      assert.is(bob.received(document).length, before);
      assert.ok((await one.metric('sotto_sync_tail_lag_seconds_count')) > 0);
      const stores = await openCouchStores(settings);
      const banned = [ann, await other.device({ ...person(), account: ann.who.account })];
      await ban(stores.claims, ann.who.account);
      for (const device of banned) assert.is(await device.closed(), 4403);
      for (const replica of replicas) {
        const back = await replica.connect();
        back.hello(await accessToken(ann.who));
        assert.is(await back.closed(), 4403);
      }
      await bob.settle();
      await liftBan(stores.claims, ann.who.account);
      await other.device(ann.who);
      await stores.close();
      for (const replica of replicas) assert.is(await replica.program.kill('SIGTERM'), 0);
      await tearDownCouch(settings);
    },
  );
  test.run();
}

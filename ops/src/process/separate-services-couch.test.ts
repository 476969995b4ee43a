import { createHmac } from 'node:crypto';
import { couchSettings, openCouchStores, setUpCouch, tearDownCouch } from '@sotto/store';
import { startCouchPeer, testSettings } from '@sotto/store/suites';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { acquaint } from '../people/acquaint.js';
import { hears } from '../people/hears.js';
import { newPerson, type Person, signUp } from '../people/person.js';
import { startSeparately } from './separate-services.js';
import { startTlsProxy } from './tls-proxy.js';

const SHARDS = 2;
const REAL = process.env.COUCHDB_URL;
/** Key of the real server's JWTs (HS256). */
const JWT_KEY = process.env.COUCHDB_JWT_KEY;

const test = suite('services in processes of their own, over CouchDB');
const whenReal = REAL ? test : test.skip;
const whenJwt = REAL && JWT_KEY ? test : test.skip;

/** Two people talk through separate services whose stores lie behind TLS. */
async function talk(urls: string, more: Record<string, string> = {}): Promise<void> {
  const settings = testSettings(urls, { shards: SHARDS });
  await setUpCouch(settings);
  const target = new URL(urls);
  const proxy = await startTlsProxy(target);
  const secure = new URL(target.href.replace(/^http:/, 'https:'));
  secure.host = `localhost:${proxy.port}`;
  if (more.COUCHDB_TOKEN) secure.username = secure.password = '';
  // This process does not know who made the certificate: it tells nothing to whoever shows it.
  const untrusting = openCouchStores(couchSettings(secure.href, { prefix: settings.prefix, shards: SHARDS }));
  assert.is(await untrusting.then(String, ({ code }) => code), 'sync/store-unavailable');
  assert.is(proxy.passed, 0);
  const services = await startSeparately({
    syncServers: 2,
    store: {
      COUCHDB_URL: secure.href,
      COUCHDB_PREFIX: settings.prefix,
      COUCHDB_SHARDS: String(SHARDS),
      ...more,
    },
    env: { NODE_EXTRA_CA_CERTS: proxy.certificate },
  });
  const people: Person[] = [];
  try {
    for (const name of ['ann', 'ben']) {
      const person = await newPerson(services, name);
      people.push(person);
      await signUp(services, person);
    }
    const [ann, ben] = people as [Person, Person];
    const conversation = await acquaint(ann, ben);
    await ann.engine.calls.send({ conversation, text: 'over CouchDB' });
    await hears(ben, conversation, 'over CouchDB');
    assert.ok(proxy.passed > 50, 'by TLS');
    for (const { name, faults } of people) assert.equal(faults, [], name);
    assert.equal(await services.drain(), [0, 0, 0, 0]);
    const said = services.programs.map(({ output }) => output).join('');
    for (const secret of [target.password, more.COUCHDB_TOKEN ?? '', 'eyJ'])
      if (secret) assert.not(said.includes(secret));
  } finally {
    for (const person of people) await person.remove();
    await services.remove();
    await proxy.stop();
    await tearDownCouch(settings);
  }
}

test('U7 two people talk through all services over a CouchDB behind TLS', async () => {
  const peer = await startCouchPeer();
  try {
    await talk(peer.url);
  } finally {
    await peer.stop();
  }
});

whenReal('U7 the same over a real CouchDB, signed in by cookie', () => talk(REAL!));

whenJwt('U7 the same over a real CouchDB, by JWT', async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'admin', exp, '_couchdb.roles': ['_admin'] })}`;
  const signature = createHmac('sha256', JWT_KEY!).update(text).digest('base64url');
  await talk(REAL!, { COUCHDB_TOKEN: `${text}.${signature}` });
});

test.run();

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { acquaint } from '../people/acquaint.js';
import { hears } from '../people/hears.js';
import { newPerson, PASSWORD, type Person, signUp } from '../people/person.js';
import { lintMetrics } from './lint-metrics.js';
import { type SeparateServices, startSeparately } from './separate-services.js';

const test = suite('services in processes of their own');

async function withServices(
  options: Parameters<typeof startSeparately>[0],
  use: (services: SeparateServices, people: Person[]) => Promise<void>,
): Promise<void> {
  const services = await startSeparately(options);
  const people: Person[] = [];
  try {
    await use(services, people);
  } finally {
    for (const person of people) await person.remove();
    await services.remove();
  }
}

async function join(services: SeparateServices, people: Person[], ...names: string[]): Promise<Person[]> {
  const joined: Person[] = [];
  for (const name of names) {
    const person = await newPerson(services, name);
    people.push(person);
    joined.push(person);
    await signUp(services, person);
  }
  return joined;
}

function runBan(
  { store }: SeparateServices,
  words: readonly string[],
): { status: number | null; said: string } {
  const program = fileURLToPath(new URL('ban.js', import.meta.resolve('@sotto/auth-server')));
  const { status, stdout } = spawnSync(process.execPath, [program, ...words], {
    env: { PATH: process.env.PATH, ...store },
    encoding: 'utf8',
  });
  return { status, said: stdout.trim() };
}

function untilConnection(person: Person, state: 'online' | 'offline'): Promise<void> {
  return new Promise((resolve) => {
    const stop = person.engine.watch('connection', null, (connection) => {
      if (connection.state !== state) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

/** Runs of at least this many characters of what was secret must not be in what was said. */
function assertNothingOf(secrets: readonly string[], said: string): void {
  for (const secret of secrets)
    assert.not(said.includes(secret), `something secret was said: ${secret.length}`);
}

test('U7 two people sign up by mail and talk through store host, sync servers, auth server and notifier; no log says what or who; metrics are named as they should be; all end in order', async () => {
  const env = { LOG_LEVEL: 'trace' };
  await withServices({ syncServers: 2, env }, async (services, people) => {
    const [ann, ben] = (await join(services, people, 'annabella', 'benvolio')) as [Person, Person];
    const conversation = await acquaint(ann, ben);
    const text = 'what nobody else shall read';
    await ann.engine.calls.send({ conversation, text });
    await hears(ben, conversation, text);
    const session = await ann.untilSession(({ state }) => state === 'signed-in');
    if (session.state !== 'signed-in') throw new Error('signed out');
    for (const { sockets } of services.syncServers) assert.ok(sockets > 0, 'every sync server had its share');
    assert.is(services.mails.received.length, 2);

    const metrics: string[] = [];
    for (const program of services.programs) metrics.push((await program.get('/metrics')).text);
    for (const shown of metrics) assert.equal(lintMetrics(shown), []);
    const all = metrics.join('\n');
    assert.match(
      all,
      /^sotto_http_request_duration_seconds_count\{method="POST",route="\/api\/signup\/complete",status="201"\} 2$/m,
    );
    assert.match(all, /^sotto_notifier_mails_total\{outcome="sent"\} 2$/m);
    assert.match(all, /^sotto_notifier_waiting_mails 0$/m);
    assert.match(all, /^sotto_store_host_servers 4$/m);
    assert.match(all, /^sotto_sync_appended_envelopes_total [1-9]/m);

    const cookies = ann
      .cookies()
      .flatMap((cookie) => cookie.split(/[=;]/).filter((part) => part.length > 30));
    assert.ok(cookies.length > 0, 'there is a refresh token to look for');
    const tokens = await Promise.all(
      ['annabella', 'benvolio'].map((name) => services.linkToken(`${name}@example.org`)),
    );
    assert.equal(await services.drain(), [0, 0, 0, 0, 0]);
    const said = services.programs.map(({ output }) => output).join('\n');
    assert.match(said, '"route":"/api/signup/complete"');
    // Whatever a token is: of a JWT its header begins every one.
    assertNothingOf(
      [
        text,
        'annabella',
        'benvolio',
        '@example.org',
        PASSWORD,
        'eyJ',
        conversation,
        session.account,
        ...tokens,
        ...cookies,
      ],
      `${said}\n${all}`,
    );
    for (const { name, faults } of people) assert.equal(faults, [], name);
  });
});

test('S10 somebody who is banned is put out of every service, and comes back by themselves when they are let in again', async () => {
  await withServices({ syncServers: 2 }, async (services, people) => {
    const [ann, ben] = (await join(services, people, 'ann', 'ben')) as [Person, Person];
    const conversation = await acquaint(ann, ben);
    const order = (...words: string[]) => runBan(services, words);
    assert.equal(order('nobody'), { status: 1, said: '' });
    assert.equal(order('ben'), { status: 0, said: 'kept out' });
    await untilConnection(ben, 'offline');
    const sent = ann.engine.calls.send({ conversation, text: 'while ben was away' });
    await sent;
    assert.equal(order('ben', '--lift'), { status: 0, said: 'let in again' });
    await hears(ben, conversation, 'while ben was away');
  });
});

test('S9 while the store is away every service says that it is not ready and lives; when it is back all go on, and nothing is lost', async () => {
  await withServices({}, async (services, people) => {
    const [ann, ben] = (await join(services, people, 'ann', 'ben')) as [Person, Person];
    const conversation = await acquaint(ann, ben);
    const front = [...services.syncServers, services.authServer, services.notifier];
    await services.storeHost!.end('SIGKILL');
    for (const program of front) {
      while (await program.isReady()) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.ok(JSON.parse((await program.get('/readyz')).text).failing.includes('store'));
      assert.is((await program.get('/healthz')).status, 200);
    }
    await ann.engine.calls.send({ conversation, text: 'said while the store was away' });
    await services.storeHost!.start();
    for (const program of front)
      while (!(await program.isReady())) await new Promise((resolve) => setTimeout(resolve, 20));
    await hears(ben, conversation, 'said while the store was away');
    const [eva] = (await join(services, people, 'eva')) as [Person];
    assert.is(eva.name, 'eva');
    for (const { name, faults } of people) assert.equal(faults, [], name);
  });
});

test('the lint of metrics notices what it is for', () => {
  const good = '# HELP sotto_a_total Counts.\n# TYPE sotto_a_total counter\nsotto_a_total{code="x"} 1\n';
  assert.equal(lintMetrics(good), []);
  const wrong: readonly [string, string, RegExp][] = [
    ['sotto_a_total counter', 'sotto_a_total gauge', /no counter/],
    ['# HELP sotto_a_total Counts.\n', '', /no help/],
    ['{code="x"}', '{account="x"}', /label account/],
    ['"x"', '"AAAAAAAAAAAAAAAAAAAAAA"', /what code says/],
    ['"x"', '"ann@example.org"', /what code says/],
  ];
  for (const [from, to, said] of wrong) assert.match(lintMetrics(good.replace(from, to)).join(), said);
  assert.match(
    lintMetrics(good.replaceAll('sotto_a_total', 'sotto_a_milliseconds_total')).join(),
    'base unit',
  );
  assert.match(lintMetrics(good.replaceAll('sotto_a_total', 'sotto_a')).join(), 'without _total');
});

test.run();

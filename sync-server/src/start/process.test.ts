import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Cluster, freePort, Program, Replica, syncSecrets, until } from '../testing/processes.js';
import { accessToken, messages, person } from '../testing/server.js';

const test = suite('sync server process');

/** Runs one that ends by itself. */
async function run(name: 'main' | 'store-host', env: Record<string, string>) {
  const program = new Program(name, env);
  const code = await program.ended;
  return { code, said: program.errors.trim().split('\n'), logged: program.output };
}

test('every mistake in the settings is said at once, without a value, and the exit code is 2', async () => {
  const { code, said, logged } = await run('main', {
    STORE_URL: 'ftp://secret-host/',
    SOTTO_GRANT_KEY: 'secret-short',
    REDIS_URL: 'secret nonsense',
    PORT: '99999',
  });
  assert.is(code, 2);
  assert.equal(said.map((line) => line.split(' ').slice(0, 2).join(' ')).sort(), [
    'sync-server: PORT:',
    'sync-server: REDIS_URL:',
    'sync-server: SOTTO_GRANT_KEY:',
    'sync-server: SOTTO_TOKEN_PUBLIC_KEY',
    'sync-server: STORE_URL:',
  ]);
  assert.not.match(said.join() + logged, 'secret');
});

test('there is one store: neither address, and both, are mistakes; so is a CouchDB address that is none', async () => {
  const both = { STORE_URL: 'unix:/nowhere', COUCHDB_URL: 'http://secret@127.0.0.1:1' };
  for (const [env, words] of [
    [{}, 'STORE_URL is missing'],
    [both, 'there is one store'],
    [{ COUCHDB_URL: 'secret nonsense' }, 'CouchDB: not a URL'],
    [{ COUCHDB_URL: both.COUCHDB_URL, COUCHDB_SHARDS: '0' }, 'shards'],
    [{ STORE_URL: 'level:relative' }, 'no absolute path'],
  ] as [Record<string, string>, string][]) {
    const { code, said } = await run('main', { ...syncSecrets(), ...env });
    assert.is(code, 2);
    assert.is(said.length, 1);
    assert.match(said[0]!, words);
    assert.not.match(said[0]!, 'secret');
  }
});

test('a private key where a public one belongs is refused', async () => {
  const secrets = syncSecrets();
  const jwk = { ...JSON.parse(secrets.SOTTO_TOKEN_PUBLIC_KEY!), d: 'AAAA' };
  const { code, said } = await run('main', {
    ...secrets,
    STORE_URL: 'unix:/nowhere',
    SOTTO_TOKEN_PUBLIC_KEY: JSON.stringify(jwk),
  });
  assert.is(code, 2);
  assert.is(said.length, 1);
});

test('a store or a port that cannot be had is said, and the exit code is 1', async () => {
  const folder = await run('main', { ...syncSecrets(), STORE_URL: 'level:/dev/null/nowhere', PORT: '0' });
  assert.is(folder.code, 1);
  assert.match(folder.said[0]!, 'store/unwritable');
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const { code, said } = await run('main', {
    ...syncSecrets(),
    ...{ STORE_URL: 'unix:/nowhere', HOST: '127.0.0.1', PORT: String(port) },
  });
  assert.is(code, 1);
  assert.match(said[0]!, 'EADDRINUSE');
  taken.close();
  const host = await run('store-host', {
    STORE_FOLDER: '/dev/null/nowhere',
    STORE_SOCKET: '/dev/null/nowhere.sock',
  });
  assert.is(host.code, 1);
  assert.is((await run('store-host', { STORE_FOLDER: 'relative' })).code, 2);
});

test('one process alone with a folder serves it, and nobody else gets in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-alone-'));
  const env = { STORE_URL: `level:${folder}` };
  const alone = await new Replica(await freePort(), env).start();
  await alone.untilReady();
  const ann = await alone.device(person());
  const conversation = await alone.conversation(ann);
  const rival = await run('main', { ...syncSecrets(), ...env, PORT: '0' });
  assert.is(rival.code, 1);
  assert.match(rival.said[0]!, 'store/locked');
  assert.is(await alone.program.kill('SIGTERM'), 0);
  assert.is(await ann.closed(), 1012);
  await alone.restart();
  const again = await alone.device(ann.who);
  assert.equal(again.all('welcome')[0]!.conversations, [{ conversation, counter: 1 }]);
  await alone.program.kill();
  await rm(folder, { recursive: true });
});

test('a store host has health and metrics where it is given a port for them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-host-'));
  const port = await freePort();
  const host = new Program('store-host', {
    ...{ STORE_FOLDER: join(folder, 'store'), STORE_SOCKET: join(folder, 'host.sock') },
    ...{ HOST: '127.0.0.1', PORT: String(port) },
  });
  await host.ready();
  const replica = await new Replica(await freePort(), { STORE_URL: `unix:${folder}/host.sock` }).start();
  await replica.untilReady();
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  assert.is((await get('/readyz')).status, 200);
  assert.match(await (await get('/metrics')).text(), /^sotto_store_host_servers 1$/m);
  assert.is(await host.kill('SIGTERM'), 0);
  await until(async () => (await replica.get('/readyz')).status === 503, 'no readiness without a store');
  assert.is(await replica.program.kill('SIGTERM'), 0);
  await rm(folder, { recursive: true });
});

test('S12 /readyz says whether the store answers, and no while draining; /healthz as long as it lives', async () => {
  const cluster = await Cluster.start(1, { DRAIN_DELAY_MS: '400' });
  const [replica] = cluster.replicas as [Replica];
  await cluster.host.kill();
  await until(async () => (await replica.get('/readyz')).status === 503, 'no readiness without a store');
  assert.equal(JSON.parse((await replica.get('/readyz')).text).failing, ['store']);
  assert.is((await replica.get('/healthz')).status, 200);
  await cluster.startHost();
  await replica.untilReady();
  const ann = await replica.device(person());
  const ending = replica.program.kill('SIGTERM');
  await until(async () => (await replica.get('/readyz')).status === 503, 'no readiness while draining');
  assert.is(JSON.parse((await replica.get('/readyz')).text).draining, true);
  assert.is((await replica.get('/healthz')).status, 200);
  assert.is(ann.closeCode, undefined, 'sockets stay until those in front have noticed');
  assert.is(await ending, 0);
  assert.is((await ann.next('notice')).notice.kind, 'drain');
  assert.is(await ann.closed(), 1012);
  await cluster.stop();
});

test('/metrics counts what happens by standard names and base units; neither it nor the log names anybody', async () => {
  const cluster = await Cluster.start(1, { LOG_LEVEL: 'debug' });
  const [replica] = cluster.replicas as [Replica];
  const who = person();
  const ann = await replica.device(who);
  const conversation = await replica.conversation(ann);
  const document = messages(conversation);
  ann.append(1, document, ann.envelopes(document, 3, 100).update);
  await ann.next('ack');
  ann.append(2, document, ann.envelopes(document, 1).update, 9);
  assert.is((await ann.next('error')).code, 'sync/stale');
  ann.ask(document);
  await ann.next('sync');
  assert.is(await replica.metric('sotto_sync_sockets'), 1);
  assert.is(await replica.metric('sotto_sync_outbound_queue_bytes'), 0);
  assert.is(await replica.metric('sotto_sync_appended_envelopes_total'), 4, 'the state record and three');
  assert.ok((await replica.metric('sotto_sync_appended_bytes_total')) > 300);
  assert.is(await replica.metric('sotto_sync_refusals_total{code="sync/stale"}'), 1);
  assert.is(await replica.metric('sotto_sync_slow_readers_total'), 0);
  assert.ok((await replica.metric('sotto_sync_received_frames_total')) >= 6);
  assert.ok((await replica.metric('sotto_sync_sent_bytes_total')) > 300);
  const count = 'sotto_sync_request_duration_seconds_count';
  assert.is(await replica.metric(`${count}{request="append",outcome="done"}`), 1);
  assert.is(await replica.metric(`${count}{request="append",outcome="sync/stale"}`), 1);
  const operations = 'sotto_store_operation_duration_seconds_count';
  assert.is(await replica.metric(`${operations}{store="log",operation="append",outcome="done"}`), 2);
  assert.is(await replica.metric('sotto_sync_tail_lag_seconds_count'), 2);
  assert.ok((await replica.metric('process_cpu_seconds_total')) > 0);
  ann.cut();
  await until(async () => (await replica.metric('sotto_sync_sockets')) === 0, 'no sockets');
  assert.is(await replica.metric('sotto_sync_socket_closes_total{kind="device",code="1006"}'), 1);
  const { text } = await replica.get('/metrics');
  await replica.get(`/nothing/${who.account}`);
  await replica.program.kill('SIGTERM');
  const logged = replica.program.output + cluster.host.output;
  const token = await accessToken(who);
  for (const secret of [...Object.values(who), conversation, token.split('.')[1]!.slice(0, 40)])
    assert.not.match(text + logged, secret);
  assert.match(logged, '"route":"/metrics"');
  assert.match(logged, /"kind":"device","code":1006,"seconds":[0-9.]+,"msg":"socket closed"/);
  await cluster.stop();
});

test('traces go to where OTEL_EXPORTER_OTLP_ENDPOINT says, store operations inside the request', async () => {
  const { createServer: createHttp } = await import('node:http');
  const bodies: string[] = [];
  const collector = createHttp((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(`${request.url} ${body}`);
      response.setHeader('Content-Type', 'application/json');
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  const cluster = await Cluster.start(1, { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const [replica] = cluster.replicas as [Replica];
  const who = person();
  const ann = await replica.device(who);
  const conversation = await replica.conversation(ann);
  const document = messages(conversation);
  ann.append(1, document, ann.envelopes(document, 1).update);
  await ann.next('ack');
  assert.is(await replica.program.kill('SIGTERM'), 0);
  const spans = bodies
    .map((body) => {
      assert.match(body, /^\/v1\/traces /);
      return JSON.parse(body.slice(body.indexOf(' ')));
    })
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap((scope) => scope.spans as { name: string; spanId: string; parentSpanId?: string }[]);
  const request = spans.find(({ name }) => name === 'sync append');
  assert.ok(request, 'a span of the request');
  const inside = spans.filter(({ parentSpanId }) => parentSpanId === request.spanId);
  assert.ok(inside.some(({ name }) => name === 'store log append'));
  for (const secret of [...Object.values(who), conversation]) assert.not.match(bodies.join(), secret);
  collector.close();
  await cluster.stop();
});

test.run();

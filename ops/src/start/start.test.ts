import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../process/free-port.js';
import { readMailbox } from '../process/read-mailbox.js';
import { type Sotto, spawnSotto, startSotto } from '../process/start-sotto.js';

const test = suite('start');
const folder = mkdtempSync(join(tmpdir(), 'sotto-start-'));
const started: Sotto[] = [];
test.after(async () => {
  for (const sotto of started) await sotto.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Parameters<typeof startSotto>[0] = {}): Promise<Sotto> {
  const sotto = await startSotto(options);
  started.push(sotto);
  return sotto;
}

/** Runs a start that must fail; gives what it said on stderr. */
async function refusal(...flags: string[]): Promise<string> {
  const running = spawnSotto(flags);
  let said = '';
  running.child.stderr?.on('data', (text: string) => {
    said += text;
  });
  const { code } = await running.ended;
  assert.is(code, 1);
  return said;
}

function assertOneLine(said: string, pattern: RegExp): void {
  assert.match(said, pattern);
  assert.is(said.trimEnd().split('\n').length, 1, said);
}

function status(port: number, path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject).end();
  });
}

async function post(sotto: Sotto, path: string, body: object): Promise<number> {
  const headers = { 'Content-Type': 'application/json', Origin: sotto.origin };
  const answer = await fetch(`${sotto.origin}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return answer.status;
}

test('S9: one process answers for every part, and says where it is and where data lies', async () => {
  const sotto = await start();
  const local = `http://localhost:${sotto.port}`;
  assert.match(sotto.output(), `Sotto is at ${local}\n`);
  assert.match(sotto.output(), `${local}/mailbox`);
  assert.match(sotto.output(), `Data lies in ${sotto.data}\n`);
  for (const path of ['/healthz', '/readyz', '/mailbox'])
    assert.is(await status(sotto.port, path), 200, path);
  const page = await fetch(`${sotto.origin}/`);
  assert.is(page.status, 200);
  assert.match(page.headers.get('content-security-policy') ?? '', "default-src 'none'");
  assert.is(page.headers.get('strict-transport-security'), null);
  const attachments = await fetch(`${sotto.origin}/sync/attachments`);
  assert.is(((await attachments.json()) as { code: string }).code, 'auth/token-invalid');
  const unknown = await fetch(`${sotto.origin}/api/nothing`);
  assert.is(unknown.status, 404);
  assert.match(unknown.headers.get('content-type') ?? '', 'json');
});

test('S2: the mailbox opens on this machine only', async () => {
  const sotto = await start();
  assert.is(await status(sotto.port, '/mailbox', { Host: `127.0.0.1:${sotto.port}` }), 200);
  for (const host of ['evil.example', `evil.example:${sotto.port}`, '192.168.1.2']) {
    assert.is(await status(sotto.port, '/mailbox', { Host: host }), 404, host);
  }
});

test('S2: no mailbox behind a proxy, whose requests look like this machine', async () => {
  // What nginx passes on unless told otherwise: the address it was given as Host, nothing of who asked.
  const proxied = (sotto: Sotto) => ({ Host: `127.0.0.1:${sotto.port}`, Connection: 'close' });
  const sotto = await start({ flags: ['--origin', 'https://chat.example.org'] });
  for (const path of ['/mailbox', '/mailbox/style.css'])
    assert.is(await status(sotto.port, path, proxied(sotto)), 404, path);
  const said = sotto
    .output()
    .split('\n')
    .filter((line) => /mail/i.test(line));
  assert.is(said.length, 1);
  assert.match(said[0]!, 'set SMTP_URL');
  const here = await start({ flags: ['--origin', 'http://[::1]:8443'] });
  assert.is(await status(here.port, '/mailbox', proxied(here)), 200);
});

test('S2: WebSockets of other pages are refused before anything is read', async () => {
  const sotto = await start();
  const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
  const key = { 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' };
  assert.is(await status(sotto.port, '/sync', { ...upgrade, ...key, Origin: 'https://evil.example' }), 403);
  assert.is(await status(sotto.port, '/other', { ...upgrade, ...key }), 404);
});

test('Ctrl-C ends it with code 0', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const sotto = await start();
    assert.equal(await sotto.kill(signal), { code: 0, signal: null });
  }
});

test('a Ctrl-C that npm passes on a second time ends it with code 0 just so', async () => {
  const sotto = await start();
  process.kill(sotto.pid, 'SIGINT');
  assert.equal(await sotto.kill('SIGINT'), { code: 0, signal: null });
});

test('S9: a mail server in place of the mailbox', async () => {
  const sotto = await start({ env: { SMTP_URL: 'smtp://127.0.0.1:9' } });
  assert.not.match(sotto.output(), '/mailbox');
  assert.is(await status(sotto.port, '/mailbox'), 404);
});

test('a taken port: one line, code 1', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  other.unref();
  const said = await refusal('--port', String(port), '--data', join(folder, 'taken'));
  other.close();
  assertOneLine(said, new RegExp(`Port ${port} is taken`));
});

test('a folder that cannot be written: one line, code 1', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const data of [file, join(file, 'below'), '/proc/sotto']) {
    assertOneLine(await refusal('--port', '0', '--data', data), /Cannot write to the data folder/);
  }
});

test('a folder that another Sotto uses: one line, code 1', async () => {
  const sotto = await start();
  assertOneLine(await refusal('--port', '0', '--data', sotto.data), /in use by another Sotto/);
});

test('a bad flag: one line, code 1, and no folder made', async () => {
  const data = join(folder, 'never');
  assertOneLine(await refusal('--prot', '1', '--data', data), /--prot/);
  assertOneLine(await refusal('--port', 'x', '--data', data), /no port/);
  assertOneLine(
    await refusal('--host', '192.0.2.1', '--port', '0', '--data', join(folder, 'h')),
    /no address 192\.0\.2\.1/,
  );
  assert.not(existsSync(data));
});

test('an SMTP_URL that is none: one line, code 1', async () => {
  const running = spawnSotto(['--port', '0', '--data', join(folder, 'smtp')], { SMTP_URL: 'mail.example' });
  assert.is((await running.ended).code, 1);
  assertOneLine(running.output, /SMTP_URL/);
});

function servedFingerprint(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      resolve(new X509Certificate(raw).fingerprint256);
    });
    socket.on('error', reject);
  });
}

test('S2: other hosts are served by TLS, with a certificate of its own whose fingerprint it says', async () => {
  const sotto = await start({ flags: ['--host', '0.0.0.0'] });
  assert.match(sotto.origin, /^https:/);
  const said = /fingerprint: ([0-9A-F:]{95})$/m.exec(sotto.output())?.[1];
  assert.is(await servedFingerprint(sotto.port), said);
  assert.match(sotto.output(), /service workers/);
  let refused: unknown;
  await status(sotto.port, '/healthz').catch((error) => {
    refused = error;
  });
  assert.ok(refused, 'plain http is not answered');
  await sotto.kill();
  await sotto.restart();
  assert.is(await servedFingerprint(sotto.port), said, 'the certificate is kept');
});

test('S6: after kill -9 it goes on from the same folder: asked links still work', async () => {
  const sotto = await start();
  const email = 'alice@example.org';
  assert.is(await post(sotto, '/api/signup', { email }), 202);
  const link = await readMailbox(sotto, email);
  assert.match(link, `${sotto.origin}/welcome#`);
  assert.equal(await sotto.kill('SIGKILL'), { code: null, signal: 'SIGKILL' });
  await sotto.restart();
  assert.is(await readMailbox(sotto, email), link);
  const token = new URL(link).hash.slice(1);
  assert.is(await post(sotto, '/api/signup/check', { token }), 200);
  const other = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`;
  assert.is(await post(sotto, '/api/signup/check', { token: other }), 403);
});

test('a port is free again after the end', async () => {
  const port = await freePort();
  const first = await start({ port });
  await first.kill('SIGINT');
  const second = await start({ port });
  assert.is(second.port, port);
});

test.run();

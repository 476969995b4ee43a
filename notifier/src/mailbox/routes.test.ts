import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import express from 'express';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { letterOf } from '../mail/templates.js';
import { openClaims } from '../testing/open-claims.js';
import { DevMailbox } from '../transport/dev-mailbox.js';
import { mailboxRoutes } from './routes.js';

interface Page {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Served {
  readonly port: number;
  readonly mailbox: DevMailbox;
  close(): Promise<void>;
}

const test = suite<{ served: Served }>('mailbox pages');

async function serve(): Promise<Served> {
  const store = await openClaims();
  const mailbox = new DevMailbox(store.claims);
  const server = createServer(express().use(mailboxRoutes({ mailbox })));
  await new Promise<void>((resolve) => server.listen(0, '::', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    mailbox,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
    },
  };
}

function get(
  port: number,
  path: string,
  options: { host?: string; headers?: Record<string, string> } = {},
): Promise<Page> {
  return new Promise((resolve, reject) => {
    const { host = '127.0.0.1', headers = {} } = options;
    const outgoing = request({ host, port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    outgoing.on('error', reject).end();
  });
}

test.before(async (context) => {
  context.served = await serve();
});
test.after(({ served }) => served.close());

test('an empty mailbox says what it is', async ({ served }) => {
  const { status, text } = await get(served.port, '/mailbox');
  assert.is(status, 200);
  assert.ok(text.includes('Development mailbox: mail that would have been sent'));
  assert.ok(text.includes('No mail yet'));
});

test('U1 a mail is listed, opened, and its link can be followed', async ({ served }) => {
  const link = 'http://localhost:8080/welcome#c2VjcmV0';
  const letter = letterOf({ v: 1, to: 'ada@example.org', template: 'sign-up', link });
  await served.mailbox.send({ id: '000000000000001-ada', to: 'ada@example.org', ...letter });
  const list = await get(served.port, '/mailbox');
  const href = /<a class="row" href="([^"]+)"/.exec(list.text)?.[1];
  assert.ok(href);
  assert.ok(list.text.includes('ada@example.org'));
  assert.not.ok(list.text.includes('c2VjcmV0'));
  const mail = await get(served.port, href!);
  assert.is(mail.status, 200);
  assert.ok(mail.text.includes(`<a href="${link}">`));
  const html = await get(served.port, `${href}/html`);
  assert.is(html.text, letter.html);
  assert.match(String(html.headers['content-security-policy']), /style-src 'sha256-/);
});

test('what is not there is 404', async ({ served }) => {
  for (const path of ['/mailbox/none', '/mailbox/none/html', '/mailbox/none/other'])
    assert.is((await get(served.port, path)).status, 404, path);
});

test('S2 whatever a mail says is text', async ({ served }) => {
  const evil = `<img src=x onerror=alert(1)>"'&`;
  await served.mailbox.send({
    id: '000000000000002-evil',
    to: evil,
    subject: evil,
    text: `${evil} http://x.example/?a="><script> javascript:alert(1)`,
    html: '',
  });
  for (const path of ['/mailbox', '/mailbox/000000000000002-evil']) {
    const { text } = await get(served.port, path);
    assert.not.ok(/<img|<script/.test(text), path);
    assert.ok(text.includes('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;'));
  }
  const { text } = await get(served.port, '/mailbox/000000000000002-evil');
  const hrefs = [...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href!);
  assert.ok(hrefs.every((href) => href.startsWith('/mailbox') || href.startsWith('http://')));
});

test('S2 pages let nothing in but their own style sheet, and are kept and told nowhere', async ({
  served,
}) => {
  for (const path of ['/mailbox', '/mailbox/none', '/mailbox/style.css']) {
    const { headers, text } = await get(served.port, path);
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; style-src 'self';/);
    assert.is(headers['cache-control'], 'no-store');
    assert.is(headers['referrer-policy'], 'no-referrer');
    assert.is(headers['x-content-type-options'], 'nosniff');
    assert.not.ok(/<script|<style| style=/.test(text));
  }
  const style = await get(served.port, '/mailbox/style.css');
  assert.match(style.headers['content-type']!, /^text\/css/);
});

test('S2 only this machine, asking for this machine, is let in', async ({ served }) => {
  const { port } = served;
  const statusFor = async (host: string) => (await get(port, '/mailbox', { headers: { host } })).status;
  for (const host of ['localhost', `localhost:${port}`, '127.0.0.1:1', `[::1]:${port}`, 'LOCALHOST'])
    assert.is(await statusFor(host), 200, host);
  for (const host of [
    'sotto.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    'x@localhost:1',
  ])
    assert.is(await statusFor(host), 404, host);
  for (const headers of [{ 'x-forwarded-for': '10.0.0.1' }, { forwarded: 'for=10.0.0.1' }])
    for (const path of ['/mailbox', '/mailbox/style.css', '/mailbox/000000000000001-ada/html'])
      assert.is((await get(port, path, { headers: { host: 'localhost', ...headers } })).status, 404);
});

test('S2 another address of this machine is not this machine', async ({ served }) => {
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  if (!outside) {
    process.stdout.write('no outside address on this machine: not tested\n');
    return;
  }
  const { status } = await get(served.port, '/mailbox', {
    host: outside.address,
    headers: { host: 'localhost' },
  });
  assert.is(status, 404);
});

test('S2 a request without a host is not let in', async ({ served }) => {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(served.port, '127.0.0.1', () => socket.write('GET /mailbox HTTP/1.0\r\n\r\n'));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text)).on('error', reject);
  });
  assert.match(answer, /^HTTP\/1\.1 404 /);
});

test.run();

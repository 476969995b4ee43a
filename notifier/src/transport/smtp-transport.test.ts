import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { letterOf } from '../mail/templates.js';
import { createNotifier } from '../notifier.js';
import { askForMail, keepingLogger, openClaims, until } from '../testing/open-claims.js';
import { SmtpTransport } from './smtp-transport.js';
import { RecipientRefusedError } from './transport.js';

const test = suite('SMTP');

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly source: string;
}

/** A real mail server on a port of its own. `refuse` answers RCPT with that code. */
async function startSmtp(options: { refuse?: number; auth?: { user: string; pass: string } } = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: options.auth === undefined,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onAuth(given, _session, done) {
      const right = given.username === options.auth?.user && given.password === options.auth?.pass;
      done(right ? null : new Error('no'), right ? { user: given.username } : undefined);
    },
    onRcptTo(_address, _session, done) {
      if (options.refuse === undefined) return done();
      done(Object.assign(new Error('no such user'), { responseCode: options.refuse }));
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        received.push({
          from,
          to: envelope.rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  // A test that failed before it closed the server must not keep the process waiting.
  server.server.unref();
  const { port } = server.server.address() as AddressInfo;
  const user = options.auth ? `${options.auth.user}:${encodeURIComponent(options.auth.pass)}@` : '';
  return {
    received,
    url: `smtp://${user}127.0.0.1:${port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const from = 'Sotto <no-reply@sotto.example>';
const link = 'https://sotto.example/welcome#c2VjcmV0';
const letter = letterOf({ v: 1, to: 'ada@example.org', template: 'sign-up', link });
const mail = { id: '000001-abc', to: 'ada@example.org', ...letter };

/** Undoes quoted-printable (RFC 2045 section 6.7), as far as these letters need it. */
function unquote(source: string): string {
  return source
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

test('U1 a mail server gets text and HTML, the link in both, and a lasting message id', async () => {
  const smtp = await startSmtp({ auth: { user: 'sotto', pass: 'p@ss/word' } });
  const transport = new SmtpTransport({ url: smtp.url, from });
  await transport.send(mail);
  await transport.send(mail);
  await transport.close();
  await smtp.close();
  assert.is(smtp.received.length, 2);
  for (const { from: sender, to, source } of smtp.received) {
    assert.is(sender, 'no-reply@sotto.example');
    assert.equal(to, ['ada@example.org']);
    assert.match(source, /^Message-ID: <000001-abc@sotto\.example>\r$/m);
    assert.match(source, /^Subject: Your link to join Sotto\r$/m);
    assert.match(source, /^Auto-Submitted: auto-generated\r$/m);
    const [, text, html] = unquote(source).split(/Content-Type: text\/(?:plain|html)/);
    assert.ok(text?.includes(link));
    assert.ok(html?.includes(`href="${link}"`));
  }
});

test('S5 a recipient refused for good is told apart from everything that may pass', async () => {
  for (const [refuse, isForGood] of [
    [550, true],
    [450, false],
  ] as const) {
    const smtp = await startSmtp({ refuse });
    const transport = new SmtpTransport({ url: smtp.url, from });
    const error = await transport.send(mail).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error);
    assert.is(error instanceof RecipientRefusedError, isForGood);
    await transport.close();
    await smtp.close();
  }
});

test('S5 wrong credentials and a server that is away are no reason to drop a mail', async () => {
  const smtp = await startSmtp({ auth: { user: 'sotto', pass: 'right' } });
  const away = smtp.url.replace('right', 'wrong');
  for (const close of [false, true]) {
    if (close) await smtp.close();
    const transport = new SmtpTransport({ url: away, from });
    const error: unknown = await transport.send(mail).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error);
    assert.not.ok(error instanceof RecipientRefusedError);
    await transport.close();
  }
});

test('S5 an event becomes a mail through the real mail server', async () => {
  const store = await openClaims();
  const smtp = await startSmtp();
  const transport = new SmtpTransport({ url: smtp.url, from });
  const notifier = createNotifier({ claims: store.claims, logger: keepingLogger(), transport });
  await notifier.start();
  await askForMail(store.claims, {
    to: 'bea@example.org',
    at: store.clock.now,
    template: 'already-registered',
    link: 'https://sotto.example/',
  });
  await until(async () => (await store.claims.list({ prefix: 'mail:' })).length === 0);
  await notifier.close();
  assert.is(smtp.received.length, 1);
  assert.match(smtp.received[0]!.source, /^Subject: You have a Sotto account already\r$/m);
  await smtp.close();
  await store.close();
});

test.run();

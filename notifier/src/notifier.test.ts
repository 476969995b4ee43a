import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createNotifier } from './notifier.js';
import { askForMail, keepingLogger, openClaims, until } from './testing/open-claims.js';
import { DevMailbox } from './transport/dev-mailbox.js';
import { type MailTransport, type OutgoingMail, RecipientRefusedError } from './transport/transport.js';

const test = suite('notifier');
const quick = { firstMs: 5, mostMs: 20 };

/** A transport at the edge of this process: hands over to the real mailbox, or fails as told. */
class FailingTransport implements MailTransport {
  readonly tried: OutgoingMail[] = [];
  readonly #mailbox: DevMailbox;
  failures: (Error | 'after')[];

  constructor(mailbox: DevMailbox, failures: (Error | 'after')[] = []) {
    this.#mailbox = mailbox;
    this.failures = failures;
  }

  async send(mail: OutgoingMail): Promise<void> {
    this.tried.push(mail);
    const failure = this.failures.shift();
    if (failure instanceof Error) throw failure;
    await this.#mailbox.send(mail);
    if (failure === 'after') throw new Error('answer lost');
  }

  async close(): Promise<void> {}
}

test('S5 sends what waited before it began and what comes after, and forgets both', async () => {
  const store = await openClaims();
  const { claims, clock } = store;
  const mailbox = new DevMailbox(claims);
  await askForMail(claims, { to: 'before@example.org', at: clock.now });
  const notifier = createNotifier({ claims, logger: keepingLogger(), transport: mailbox });
  await notifier.start();
  await askForMail(claims, { to: 'after@example.org', at: clock.now + 1 });
  await until(async () => (await claims.list({ prefix: 'mail:' })).length === 0);
  assert.equal(
    (await mailbox.list()).map(({ to }) => to),
    ['after@example.org', 'before@example.org'],
  );
  await notifier.close();
  await store.close();
});

test('S5 tries again what failed, also when only the answer was lost; the mail arrives once', async () => {
  const store = await openClaims();
  const { claims, clock } = store;
  const mailbox = new DevMailbox(claims);
  const transport = new FailingTransport(mailbox, [new Error('down'), new Error('down'), 'after']);
  const notifier = createNotifier({ claims, logger: keepingLogger(), transport, backoff: quick });
  await notifier.start();
  const id = await askForMail(claims, { to: 'ada@example.org', at: clock.now });
  await until(async () => (await claims.list({ prefix: 'mail:' })).length === 0);
  assert.equal(
    transport.tried.map((mail) => mail.id),
    [id, id, id, id],
  );
  assert.is((await mailbox.list()).length, 1);
  await notifier.close();
  await store.close();
});

test('S5 S6 what a server could not send, the next one sends after a restart', async () => {
  const store = await openClaims();
  await askForMail(store.claims, { to: 'ada@example.org', at: store.clock.now });
  const down = new FailingTransport(new DevMailbox(store.claims), [new Error('down')]);
  const before = createNotifier({ claims: store.claims, logger: keepingLogger(), transport: down });
  await before.start();
  await until(() => down.tried.length === 1);
  await before.close();
  await store.restart();
  const mailbox = new DevMailbox(store.claims);
  const after = createNotifier({ claims: store.claims, logger: keepingLogger(), transport: mailbox });
  await after.start();
  await until(async () => (await mailbox.list()).length === 1);
  await after.close();
  await store.close();
});

test('S1 S5 of several servers one sends each mail', async () => {
  const store = await openClaims();
  const { claims, clock } = store;
  const mailbox = new DevMailbox(claims);
  const transports = [1, 2, 3].map(() => new FailingTransport(mailbox));
  const notifiers = transports.map((transport) =>
    createNotifier({ claims, logger: keepingLogger(), transport }),
  );
  await Promise.all(notifiers.map((notifier) => notifier.start()));
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      askForMail(claims, { to: `p${index}@example.org`, at: clock.now }),
    ),
  );
  await until(async () => (await claims.list({ prefix: 'mail:' })).length === 0);
  await Promise.all(notifiers.map((notifier) => notifier.close()));
  const tried = transports.flatMap((transport) => transport.tried.map(({ id }) => id));
  assert.equal(tried.sort(), ids.sort());
  await store.close();
});

test('S5 gives up a refused recipient at once and an old mail in the end', async () => {
  const store = await openClaims();
  const { claims, clock } = store;
  await askForMail(claims, { to: 'old@example.org', at: clock.now });
  clock.now += 24 * 3_600_000 + 1;
  await askForMail(claims, { to: 'refused@example.org', at: clock.now });
  const mailbox = new DevMailbox(claims);
  const transport = new FailingTransport(mailbox, [new RecipientRefusedError('no such user')]);
  const logger = keepingLogger();
  const notifier = createNotifier({ claims, logger, transport, now: () => clock.now, backoff: quick });
  await notifier.start();
  await until(async () => (await claims.list({ prefix: 'mail:' })).length === 0);
  await notifier.close();
  assert.equal(
    transport.tried.map(({ to }) => to),
    ['refused@example.org'],
  );
  assert.is((await mailbox.list()).length, 0);
  assert.is(logger.lines.filter((line) => line.includes('given up')).length, 2);
  await store.close();
});

test('S7 neither address nor link reaches the log', async () => {
  const store = await openClaims();
  const { claims, clock } = store;
  const logger = keepingLogger();
  const quoting = new Error('550 <ada@example.org> http://localhost:8080/welcome#secret');
  const transport = new FailingTransport(new DevMailbox(claims), [quoting]);
  const notifier = createNotifier({ claims, logger, transport, backoff: quick });
  await notifier.start();
  await askForMail(claims, { to: 'ada@example.org', at: clock.now });
  await until(async () => (await claims.list({ prefix: 'mail:' })).length === 0);
  await notifier.close();
  assert.ok(logger.lines.length >= 2);
  for (const line of logger.lines) assert.not.ok(/ada|example\.org|secret|welcome/.test(line), line);
  await store.close();
});

test.run();

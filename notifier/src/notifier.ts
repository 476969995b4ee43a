import { decodeMailEvent } from '@sotto/protocol';
import type { Claim, ClaimStore } from '@sotto/store';
import { ClaimTakenError, MAILS } from '@sotto/store';
import type { Logger } from './logger.js';
import { letterOf } from './mail/templates.js';
import { type MailMeters, NO_MAIL_METERS } from './metrics.js';
import { type MailTransport, RecipientRefusedError } from './transport/transport.js';

/** While one server sends a mail, others leave it alone for this long, milliseconds. */
const LEASE_MS = 60_000;
/** A mail that could not be sent for this long says nothing worth sending any more, milliseconds. */
const GIVE_UP_MS = 24 * 60 * 60 * 1_000;
/** Mails sent at once. */
const AT_ONCE = 4;

export interface NotifierOptions {
  readonly claims: ClaimStore;
  readonly logger: Logger;
  readonly transport: MailTransport;
  /** Is told what happens, for operators. */
  readonly meters?: MailMeters;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Wait before the second try, doubled before each further one up to `mostMs`; milliseconds. */
  readonly backoff?: { readonly firstMs: number; readonly mostMs: number };
}

export interface Notifier {
  /** Takes up what waits, then what comes. */
  start(): Promise<void>;
  /** Stops; what is being sent is finished, the rest waits for the next start. */
  close(): Promise<void>;
}

/** Sends mail events: each at least once, in practice once, by whichever server gets to it. */
export function createNotifier(options: NotifierOptions): Notifier {
  return new MailSender(options);
}

class MailSender implements Notifier {
  readonly #claims: ClaimStore;
  readonly #logger: Logger;
  readonly #transport: MailTransport;
  readonly #meters: MailMeters;
  readonly #now: () => number;
  readonly #backoff: { readonly firstMs: number; readonly mostMs: number };
  /** Everything taken up and not done, with how often it was tried. */
  readonly #known = new Map<string, number>();
  readonly #waiting: string[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #unwatch: () => void = () => {};
  #closed = false;

  constructor({
    claims,
    logger,
    transport,
    meters = NO_MAIL_METERS,
    now = Date.now,
    backoff,
  }: NotifierOptions) {
    this.#claims = claims;
    this.#logger = logger;
    this.#transport = transport;
    this.#meters = meters;
    this.#now = now;
    this.#backoff = backoff ?? { firstMs: 2_000, mostMs: 15 * 60_000 };
  }

  async start(): Promise<void> {
    // First the subscription, so that nothing falls between it and the list.
    this.#unwatch = this.#claims.watch(
      MAILS,
      ({ key }) => this.#takeUp(key),
      () => {
        this.#takeUpWaiting().catch((error) =>
          this.#logger.error({ err: error }, 'notifier: mails that were missed could not be read'),
        );
      },
    );
    await this.#takeUpWaiting();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#running);
    await this.#transport.close();
  }

  async #takeUpWaiting(): Promise<void> {
    for (const { key } of await this.#claims.list({ prefix: MAILS })) this.#takeUp(key);
  }

  #takeUp(key: string): void {
    if (this.#known.has(key)) return;
    this.#known.set(key, 0);
    this.#meters.waiting(this.#known.size);
    this.#enqueue(key);
  }

  #enqueue(key: string): void {
    this.#waiting.push(key);
    this.#fill();
  }

  #fill(): void {
    while (!this.#closed && this.#running.size < AT_ONCE) {
      const key = this.#waiting.shift();
      if (key === undefined) return;
      const run = this.#try(key).finally(() => {
        this.#running.delete(run);
        this.#fill();
      });
      this.#running.add(run);
    }
  }

  async #try(key: string): Promise<void> {
    try {
      const done = await this.#leased(key);
      if (done) this.#forget(key);
      else this.#later(key, LEASE_MS);
    } catch (error) {
      const tries = (this.#known.get(key) ?? 0) + 1;
      this.#known.set(key, tries);
      this.#meters.outcome('again');
      this.#logger.warn({ mail: key, tries, reason: reasonOf(error) }, 'mail not sent, trying again');
      this.#later(key, Math.min(this.#backoff.firstMs * 2 ** (tries - 1), this.#backoff.mostMs));
    }
  }

  #forget(key: string): void {
    this.#known.delete(key);
    this.#meters.waiting(this.#known.size);
  }

  #later(key: string, waitMs: number): void {
    if (this.#closed) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#enqueue(key);
      },
      waitMs * (0.75 + Math.random() / 2),
    );
    this.#timers.add(timer);
  }

  /** @returns false when another server is at it */
  async #leased(key: string): Promise<boolean> {
    let lease: Claim;
    try {
      lease = await this.#claims.claim(`mail-lease:${key.slice(MAILS.length)}`, new Uint8Array(), {
        confirmWithinMs: LEASE_MS,
      });
    } catch (error) {
      if (error instanceof ClaimTakenError) return false;
      throw error;
    }
    try {
      await this.#deliver(key);
    } finally {
      await this.#claims.release(lease);
    }
    return true;
  }

  async #deliver(key: string): Promise<void> {
    const claim = await this.#claims.get(key);
    if (!claim) return;
    if (this.#now() - claim.at > GIVE_UP_MS) {
      this.#meters.outcome('too-old');
      this.#logger.error({ mail: key }, 'mail given up: too old');
    } else {
      await this.#send(key, claim);
    }
    await this.#claims.remove(key);
  }

  async #send(key: string, { body }: Claim): Promise<void> {
    const event = decodeMailEvent(body);
    try {
      await this.#meters.sending(() =>
        this.#transport.send({ id: key.slice(MAILS.length), to: event.to, ...letterOf(event) }),
      );
      this.#meters.outcome('sent');
      this.#logger.info({ mail: key, template: event.template }, 'mail sent');
    } catch (error) {
      if (!(error instanceof RecipientRefusedError)) throw error;
      this.#meters.outcome('refused');
      this.#logger.warn({ mail: key }, 'mail given up: recipient refused');
    }
  }
}

/** What may be logged of a failure: mail servers quote addresses in their messages. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return [error.name, code, responseCode].filter((part) => part !== undefined).join(' ');
}

import type { Tracing } from '@sotto/service';
import { LATENCY_BUCKETS, NO_TRACING } from '@sotto/service';
import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';

/** What became of a mail. */
export type MailOutcome = 'sent' | 'refused' | 'too-old' | 'again';

/** Is told what happens, for operators: never to whom or what. */
export interface MailMeters {
  /** A try came to an end. */
  outcome(outcome: MailOutcome): void;
  /** Mails that are taken up and not done. */
  waiting(count: number): void;
  /** Hands one mail to the mail server. */
  sending<T>(task: () => Promise<T>): Promise<T>;
}

export const NO_MAIL_METERS: MailMeters = {
  outcome: () => undefined,
  waiting: () => undefined,
  sending: (task) => task(),
};

/** A notifier's metrics, by Prometheus' names and base units. */
export class MailMetrics implements MailMeters {
  readonly #outcomes: Counter<'outcome'>;
  readonly #waiting: Gauge;
  readonly #sending: Histogram;
  readonly #tracing: Tracing;

  constructor(registry: Registry, tracing: Tracing = NO_TRACING) {
    const registers = [registry];
    this.#tracing = tracing;
    this.#outcomes = new Counter({
      name: 'sotto_notifier_mails_total',
      help: 'Tries to send a mail, by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    this.#waiting = new Gauge({
      name: 'sotto_notifier_waiting_mails',
      help: 'Mails that are known and not done.',
      registers,
    });
    this.#sending = new Histogram({
      name: 'sotto_notifier_send_duration_seconds',
      help: 'Handing one mail to the mail server.',
      buckets: LATENCY_BUCKETS,
      registers,
    });
  }

  outcome(outcome: MailOutcome): void {
    this.#outcomes.inc({ outcome });
  }

  waiting(count: number): void {
    this.#waiting.set(count);
  }

  sending<T>(task: () => Promise<T>): Promise<T> {
    return this.#tracing.span('mail send', 'client', {}, async () => {
      const done = this.#sending.startTimer();
      try {
        return await task();
      } finally {
        done();
      }
    });
  }
}

import type { Registry } from 'prom-client';
import { Counter, Histogram } from 'prom-client';
import type { StoreMeters } from './measured-stores.js';
import { outcomeOf } from './outcome.js';
import { LATENCY_BUCKETS } from './sync-metrics.js';

/** What a server asks of its stores, by Prometheus' names and base units. */
export class StoreMetrics implements StoreMeters {
  readonly #operations: Histogram<'store' | 'operation' | 'outcome'>;
  readonly #envelopes: Counter;
  readonly #bytes: Counter;
  readonly #lag: Histogram;
  readonly #interruptions: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#operations = new Histogram({
      name: 'sotto_store_operation_duration_seconds',
      help: 'Operations of the log and the claims, by outcome.',
      labelNames: ['store', 'operation', 'outcome'],
      buckets: LATENCY_BUCKETS,
      registers,
    });
    this.#envelopes = new Counter({
      name: 'sotto_sync_appended_envelopes_total',
      help: 'Envelopes that this server made durable.',
      registers,
    });
    this.#bytes = new Counter({
      name: 'sotto_sync_appended_bytes_total',
      help: 'Bytes of envelopes that this server made durable.',
      registers,
    });
    this.#lag = new Histogram({
      name: 'sotto_sync_tail_lag_seconds',
      help: 'From an own append being durable until the tail of the store told of it.',
      buckets: LATENCY_BUCKETS,
      registers,
    });
    this.#interruptions = new Counter({
      name: 'sotto_sync_tail_interruptions_total',
      help: 'Times that the tail of the store may have missed something, and devices were sent to catch up.',
      registers,
    });
  }

  async operation<T>(store: 'log' | 'claims', operation: string, task: () => Promise<T>): Promise<T> {
    const done = this.#operations.startTimer({ store, operation });
    try {
      const result = await task();
      done({ outcome: 'done' });
      return result;
    } catch (error) {
      done({ outcome: outcomeOf(error) });
      throw error;
    }
  }

  appended(envelopes: number, bytes: number): void {
    this.#envelopes.inc(envelopes);
    this.#bytes.inc(bytes);
  }

  tailLag(seconds: number): void {
    this.#lag.observe(seconds);
  }

  interrupted(): void {
    this.#interruptions.inc();
  }
}

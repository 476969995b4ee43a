import type { Tracing } from '@sotto/service';
import { LATENCY_BUCKETS, StoreOperations } from '@sotto/service';
import type { StoreMeters } from '@sotto/store';
import type { Registry } from 'prom-client';
import { Counter, Histogram } from 'prom-client';

/** What a sync server asks of its stores, by Prometheus' names and base units. */
export class StoreMetrics extends StoreOperations implements StoreMeters {
  readonly #envelopes: Counter;
  readonly #bytes: Counter;
  readonly #lag: Histogram;
  readonly #interruptions: Counter;

  constructor(registry: Registry, tracing?: Tracing) {
    super(registry, tracing);
    const registers = [registry];
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

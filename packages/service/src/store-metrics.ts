import type { Registry } from 'prom-client';
import { Histogram } from 'prom-client';
import { LATENCY_BUCKETS } from './metrics.js';
import { outcomeOf } from './outcome.js';
import type { Tracing } from './tracing/tracing.js';
import { NO_TRACING } from './tracing/tracing.js';

/** What a server asks of its stores: how long it took and how it ended, and a span of each where there are traces. */
export class StoreOperations {
  readonly #operations: Histogram<'store' | 'operation' | 'outcome'>;
  readonly #tracing: Tracing;

  constructor(registry: Registry, tracing: Tracing = NO_TRACING) {
    this.#tracing = tracing;
    this.#operations = new Histogram({
      name: 'sotto_store_operation_duration_seconds',
      help: 'Operations of the log and the claims, by outcome.',
      labelNames: ['store', 'operation', 'outcome'],
      buckets: LATENCY_BUCKETS,
      registers: [registry],
    });
  }

  /** Does one operation. */
  operation<T>(store: string, operation: string, task: () => Promise<T>): Promise<T> {
    if (this.#tracing === NO_TRACING) return this.#timed(store, operation, task);
    const attributes = { 'sotto.store': store, 'sotto.operation': operation };
    return this.#tracing.span(`store ${store} ${operation}`, 'client', attributes, () =>
      this.#timed(store, operation, task),
    );
  }

  async #timed<T>(store: string, operation: string, task: () => Promise<T>): Promise<T> {
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
}

import type { Express } from 'express';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** What a process counts, with what Node itself tells: CPU, memory, event loop, garbage collection. */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** `GET /metrics`, in the text format that Prometheus reads. For operators: gateways do not pass it on. */
export function addMetricsRoute(app: Express, registry: Registry): void {
  app.get('/metrics', async (_request, response) => {
    response.setHeader('Content-Type', registry.contentType);
    response.send(await registry.metrics());
  });
}

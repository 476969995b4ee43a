import type { Express, RequestHandler } from 'express';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { routeOf } from './request-log.js';

/** Seconds: from what memory answers to what nobody waits for any more. */
export const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

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

/** Times every HTTP request by the pattern of its route: what was asked for by name is in no label. */
export function measureRequests(registry: Registry): RequestHandler {
  const requests = new Histogram({
    name: 'sotto_http_request_duration_seconds',
    help: 'HTTP requests, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: LATENCY_BUCKETS,
    registers: [registry],
  });
  return (request, response, next) => {
    const done = requests.startTimer();
    response.once('close', () =>
      done({ method: methodOf(request.method), route: routeOf(request), status: response.statusCode }),
    );
    next();
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/** Each label is a series for ever, and anybody can invent methods. */
function methodOf(method: string): string {
  return METHODS.has(method) ? method : 'other';
}

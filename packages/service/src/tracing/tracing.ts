import type { RequestHandler } from 'express';

/** What is done for somebody, or asked of somebody else. */
export type SpanKind = 'server' | 'client';

/** Traces: spans hold names of what was done and error codes, nothing of whom or what. */
export interface Tracing {
  /** Does something inside a span, which is told how it ended. */
  span<T>(
    name: string,
    kind: SpanKind,
    attributes: Readonly<Record<string, string>>,
    task: () => Promise<T>,
  ): Promise<T>;
  /** A span for each HTTP request, by the pattern of its route. */
  readonly http: RequestHandler;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** Where nobody asked for traces. */
export const NO_TRACING: Tracing = {
  span: (_name, _kind, _attributes, task) => task(),
  http: (_request, _response, next) => next(),
  close: async () => undefined,
};

/**
 * Traces where `OTEL_EXPORTER_OTLP_ENDPOINT` says where to; its packages are loaded only then.
 * @param service name of this service in the traces
 */
export async function startTracing(endpoint: URL | undefined, service: string): Promise<Tracing> {
  if (!endpoint) return NO_TRACING;
  const { startOpenTelemetry } = await import('./open-telemetry.js');
  return startOpenTelemetry(service);
}

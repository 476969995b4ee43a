import type { Attributes, Tracer } from '@opentelemetry/api';
import { context, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { outcomeOf } from '../metrics/outcome.js';
import type { Tracing } from './tracing.js';

/** Does something inside a span, which is told how it ended: a stable code, never a message. */
function traced<T>(
  tracer: Tracer,
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  task: () => Promise<T>,
): Promise<T> {
  return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await task();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: outcomeOf(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * Sends traces by OTLP over HTTP, to where OpenTelemetry's own variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`, `_HEADERS`,
 * `OTEL_TRACES_SAMPLER`, ...). Spans hold types of frames, names of operations and error codes: nothing of whom or what.
 * @param service name of this service in the traces
 */
export function startOpenTelemetry(service: string): Tracing {
  const contexts = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(contexts);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer('sotto');
  return {
    meters: (meters) => ({
      received: (frames, bytes) => meters.received(frames, bytes),
      sent: (frames, bytes) => meters.sent(frames, bytes),
      refused: (code) => meters.refused(code),
      readerBehind: () => meters.readerBehind(),
      slowReader: () => meters.slowReader(),
      closed: (kind, code, seconds) => meters.closed(kind, code, seconds),
      request: (asked, task) =>
        traced(tracer, `sync ${asked}`, SpanKind.SERVER, { 'sotto.request': asked }, () =>
          meters.request(asked, task),
        ),
    }),
    storeMeters: (meters) => ({
      operation: (store, operation, task) =>
        traced(
          tracer,
          `store ${store} ${operation}`,
          SpanKind.CLIENT,
          { 'sotto.store': store, 'sotto.operation': operation },
          () => meters.operation(store, operation, task),
        ),
      appended: (envelopes, bytes) => meters.appended(envelopes, bytes),
      tailLag: (seconds) => meters.tailLag(seconds),
      interrupted: () => meters.interrupted(),
    }),
    async close() {
      await provider.shutdown();
      contexts.disable();
    },
  };
}

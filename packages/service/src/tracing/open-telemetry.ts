import type { Attributes, Span } from '@opentelemetry/api';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { outcomeOf } from '../outcome.js';
import { routeOf } from '../request-log.js';
import type { Tracing } from './tracing.js';

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT } as const;

/** Does something in a span that is told how it ended: a stable code, never a message. */
async function told<T>(span: Span, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: outcomeOf(error) });
    throw error;
  } finally {
    span.end();
  }
}

/**
 * Sends traces by OTLP over HTTP, to where OpenTelemetry's own variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`, `_HEADERS`,
 * `OTEL_TRACES_SAMPLER`, ...). Spans hold types of frames, patterns of routes, names of operations and error codes.
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
    span: (name, kind, attributes: Attributes, task) =>
      tracer.startActiveSpan(name, { kind: KINDS[kind], attributes }, (span) => told(span, task)),
    http: (request, response, next) => {
      const span = tracer.startSpan('http', { kind: SpanKind.SERVER });
      response.once('close', () => {
        // Known only now: the address itself may name somebody.
        span.updateName(`${request.method} ${routeOf(request)}`);
        span.setAttributes({
          'http.request.method': request.method,
          'http.route': routeOf(request),
          'http.response.status_code': response.statusCode,
        });
        if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      });
      context.with(trace.setSpan(context.active(), span), next);
    },
    async close() {
      await provider.shutdown();
      contexts.disable();
    },
  };
}

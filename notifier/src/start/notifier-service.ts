import { setTimeout as pause } from 'node:timers/promises';
import type { Logger, Started } from '@sotto/service';
import {
  addMetricsRoute,
  createHttpApp,
  createMetrics,
  finishHttpApp,
  Health,
  listen,
  measureRequests,
  StoreOperations,
  startTracing,
} from '@sotto/service';
import { MeasuredClaimStore, openStoresAt, PROBE } from '@sotto/store';
import { MailMetrics } from '../metrics.js';
import { createNotifier } from '../notifier.js';
import { SmtpTransport } from '../transport/smtp-transport.js';
import type { NotifierSettings } from './settings.js';

/** Between tries to read what waits, where the store is not there yet, milliseconds. */
const AGAIN_MS = 500;

/**
 * Starts a notifier of its own: stores, metrics, the mail server, health on a port.
 * @throws StoreOpenError, CouchSetUpError
 * @throws the system's error when the port can't be had
 */
export async function startNotifierService(settings: NotifierSettings, logger: Logger): Promise<Started> {
  const registry = createMetrics();
  const tracing = await startTracing(settings.OTEL_EXPORTER_OTLP_ENDPOINT, settings.OTEL_SERVICE_NAME);
  const stores = await openStoresAt(settings.store);
  const claims = new MeasuredClaimStore(stores.claims, new StoreOperations(registry, tracing));
  const transport = new SmtpTransport({ url: settings.SMTP_URL.href, from: settings.SMTP_FROM });
  const meters = new MailMetrics(registry, tracing);
  const notifier = createNotifier({ claims, logger, transport, meters });
  const health = new Health();
  health.add('store', async () => {
    await stores.claims.get(PROBE);
  });
  const app = createHttpApp({ logger, health, watching: [measureRequests(registry)] });
  addMetricsRoute(app, registry);
  finishHttpApp(app);
  const { PORT: port, HOST: host } = settings;
  const http = await listen(app, { port, ...(host !== undefined && { host }) });
  const ending = new AbortController();
  const starting = startWhenReady(() => notifier.start(), ending.signal);
  health.add('mails', () => starting);
  return {
    port: http.port,
    closing: [
      { name: 'readiness', run: () => health.drain() },
      // Until those in front have noticed.
      { name: 'notice', run: () => pause(settings.DRAIN_DELAY_MS) },
      {
        name: 'mails',
        run: async () => {
          ending.abort();
          await starting;
          await notifier.close();
        },
      },
      { name: 'port', run: () => http.close() },
      { name: 'stores', run: () => stores.close() },
      { name: 'traces', run: () => tracing.close() },
    ],
  };
}

/** A server may start before its store host: until that answers it is not ready. */
async function startWhenReady(start: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await start();
    } catch {
      // Readiness says that the store is away; what waits is read when it is back.
      await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

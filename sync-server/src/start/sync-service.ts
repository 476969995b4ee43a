import { createPublicKey } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger, Started } from '@sotto/service';
import {
  addMetricsRoute,
  createHttpApp,
  createMetrics,
  finishHttpApp,
  Health,
  listen,
  startTracing,
} from '@sotto/service';
import { AccessLists, MeasuredClaimStore, MeasuredLogStore, openStoresAt, PROBE } from '@sotto/store';
import { createAttachmentServer } from '../attachments/attachment-server.js';
import { connectRedisRelay } from '../awareness/redis-relay.js';
import { StoreMetrics } from '../metrics/store-metrics.js';
import { SyncMetrics } from '../metrics/sync-metrics.js';
import { createSegmentServer } from '../segments/segment-server.js';
import { createSyncServer } from '../server.js';
import { tracedMeters } from '../tracing/traced-meters.js';
import type { SyncSettings } from './settings.js';

/**
 * Starts a sync server of its own: stores, metrics, sockets, health, on one port.
 * @throws StoreOpenError, CouchSetUpError
 * @throws the system's error when the port can't be had
 */
export async function startSyncService(settings: SyncSettings, logger: Logger): Promise<Started> {
  const registry = createMetrics();
  const tracing = await startTracing(settings.OTEL_EXPORTER_OTLP_ENDPOINT, settings.OTEL_SERVICE_NAME);
  const stores = await openStoresAt(settings.store);
  const storeMeters = new StoreMetrics(registry, tracing);
  const log = new MeasuredLogStore(stores.log, storeMeters);
  const claims = new MeasuredClaimStore(stores.claims, storeMeters);
  const access = new AccessLists(log, claims);
  const relay = settings.REDIS_URL && connectRedisRelay(settings.REDIS_URL.href, logger);
  const tokenKey = createPublicKey({ key: settings.SOTTO_TOKEN_PUBLIC_KEY, format: 'jwk' });
  const sync = createSyncServer({
    ...{ log, claims, access, logger, activity: stores.activity },
    tokenKey,
    grantKey: settings.SOTTO_GRANT_KEY,
    meters: tracedMeters(new SyncMetrics(registry, logger), tracing),
    ...(relay && { relay }),
  });
  SyncMetrics.follow(registry, sync);
  const segments = createSegmentServer({ log, claims, access, tokenKey });
  const attachments = createAttachmentServer({
    ...{ claims, chunks: stores.chunks, access, logger, tokenKey },
    quotaBytes: settings.ATTACHMENT_QUOTA_BYTES,
  });

  const health = new Health();
  health.add('store', async () => {
    await stores.claims.get(PROBE);
  });
  const { SOTTO_ORIGIN: origin } = settings;
  const app = createHttpApp({ logger, health, ...(origin !== undefined && { origin }) });
  addMetricsRoute(app, registry);
  attachments.addRoutes(app);
  segments.addRoutes(app);
  finishHttpApp(app);
  const { PORT: port, HOST: host } = settings;
  const http = await listen(app, { port, ...(host !== undefined && { host }) });
  http.server.on('upgrade', sync.handleUpgrade);
  return {
    port: http.port,
    closing: [
      { name: 'readiness', run: () => health.drain() },
      // Until those in front have noticed.
      { name: 'notice', run: () => pause(settings.DRAIN_DELAY_MS) },
      { name: 'sockets', run: () => sync.drain(settings.RETURN_MS) },
      { name: 'port', run: () => http.close() },
      { name: 'server', run: () => sync.close() },
      { name: 'attachments', run: () => attachments.close() },
      {
        name: 'stores',
        run: async () => {
          segments.close();
          access.close();
          relay?.close();
          await stores.close();
        },
      },
      { name: 'traces', run: () => tracing.close() },
    ],
  };
}

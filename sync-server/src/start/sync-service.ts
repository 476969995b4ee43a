import { createPublicKey } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LIMITS } from '@sotto/protocol';
import type { Logger, ShutdownStep } from '@sotto/service';
import { addMetricsRoute, createHttpApp, createMetrics, finishHttpApp, Health, listen } from '@sotto/service';
import type { Stores } from '@sotto/store';
import { AccessLists, openCouchStores, openStores } from '@sotto/store';
import { connectRedisRelay } from '../awareness/redis-relay.js';
import { MeasuredClaimStore, MeasuredLogStore } from '../metrics/measured-stores.js';
import { StoreMetrics } from '../metrics/store-metrics.js';
import { SyncMetrics } from '../metrics/sync-metrics.js';
import { createSyncServer } from '../server.js';
import type { Tracing } from '../tracing/tracing.js';
import { NO_TRACING } from '../tracing/tracing.js';
import type { StoreSettings, SyncSettings } from './settings.js';
import { PROBE } from './settings.js';

export interface SyncService {
  readonly port: number;
  /** What is to be done at the end, in this order. */
  readonly closing: readonly ShutdownStep[];
}

function openWhereverTheyAre(where: StoreSettings): Promise<Stores> {
  if ('url' in where) return openStores(where.url);
  return openCouchStores(where.couch, { documentMost: LIMITS.segmentHard });
}

/** Loaded only where it is asked for. */
async function startTracing(settings: SyncSettings): Promise<Tracing> {
  if (!settings.OTEL_EXPORTER_OTLP_ENDPOINT) return NO_TRACING;
  const { startOpenTelemetry } = await import('../tracing/open-telemetry.js');
  return startOpenTelemetry(settings.OTEL_SERVICE_NAME);
}

/**
 * Starts a sync server of its own: stores, metrics, sockets, health, on one port.
 * @throws StoreOpenError, CouchSetUpError
 * @throws the system's error when the port can't be had
 */
export async function startSyncService(settings: SyncSettings, logger: Logger): Promise<SyncService> {
  const registry = createMetrics();
  const tracing = await startTracing(settings);
  const stores = await openWhereverTheyAre(settings.store);
  const storeMeters = tracing.storeMeters(new StoreMetrics(registry));
  const log = new MeasuredLogStore(stores.log, storeMeters);
  const claims = new MeasuredClaimStore(stores.claims, storeMeters);
  const access = new AccessLists(log, claims);
  const relay = settings.REDIS_URL && connectRedisRelay(settings.REDIS_URL.href, logger);
  const sync = createSyncServer({
    ...{ log, claims, access, logger },
    tokenKey: createPublicKey({ key: settings.SOTTO_TOKEN_PUBLIC_KEY, format: 'jwk' }),
    grantKey: settings.SOTTO_GRANT_KEY,
    meters: tracing.meters(new SyncMetrics(registry, logger)),
    ...(relay && { relay }),
  });
  SyncMetrics.follow(registry, sync);

  const health = new Health();
  health.add('store', async () => {
    await stores.claims.get(PROBE);
  });
  const app = createHttpApp({ logger, health });
  addMetricsRoute(app, registry);
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
      {
        name: 'stores',
        run: async () => {
          access.close();
          relay?.close();
          await stores.close();
        },
      },
      { name: 'traces', run: () => tracing.close() },
    ],
  };
}

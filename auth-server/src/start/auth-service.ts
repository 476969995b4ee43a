import { setTimeout as pause } from 'node:timers/promises';
import type { Logger, Started } from '@sotto/service';
import {
  createMetrics,
  Health,
  listen,
  measureRequests,
  StoreOperations,
  startTracing,
} from '@sotto/service';
import { AccessLists, MeasuredClaimStore, openStoresAt, PROBE } from '@sotto/store';
import { createAuthServer } from '../server.js';
import type { AuthSettings } from './settings.js';

/**
 * Starts an auth server of its own: stores, metrics, routes, health, on one port.
 * @throws StoreOpenError, CouchSetUpError
 * @throws the system's error when the port can't be had
 */
export async function startAuthService(settings: AuthSettings, logger: Logger): Promise<Started> {
  const { SOTTO_ORIGIN: origin, PORT: port, HOST: host } = settings;
  const registry = createMetrics();
  const tracing = await startTracing(settings.OTEL_EXPORTER_OTLP_ENDPOINT, settings.OTEL_SERVICE_NAME);
  const stores = await openStoresAt(settings.store);
  const claims = new MeasuredClaimStore(stores.claims, new StoreOperations(registry, tracing));
  const access = new AccessLists(stores.log, claims);
  const health = new Health();
  health.add('store', async () => {
    await stores.claims.get(PROBE);
  });
  const auth = createAuthServer({
    ...{ claims, log: stores.log, access, logger, origin, health },
    secrets: {
      tokenKey: settings.SOTTO_TOKEN_KEY,
      preloginKey: settings.SOTTO_PRELOGIN_KEY,
      refreshKey: settings.SOTTO_REFRESH_KEY,
    },
    secureCookies: origin.startsWith('https:'),
    trustedProxies: settings.TRUSTED_PROXIES,
    metrics: registry,
    watching: [tracing.http, measureRequests(registry)],
  });
  const http = await listen(auth.app, { port, ...(host !== undefined && { host }) });
  return {
    port: http.port,
    closing: [
      { name: 'readiness', run: () => health.drain() },
      // Until those in front have noticed.
      { name: 'notice', run: () => pause(settings.DRAIN_DELAY_MS) },
      { name: 'port', run: () => http.close() },
      { name: 'server', run: () => auth.close() },
      {
        name: 'stores',
        run: async () => {
          access.close();
          await stores.close();
        },
      },
      { name: 'traces', run: () => tracing.close() },
    ],
  };
}

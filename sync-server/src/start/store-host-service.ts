import { LIMITS } from '@sotto/protocol';
import type { Logger, RunningServer, Started } from '@sotto/service';
import {
  addMetricsRoute,
  createHttpApp,
  createMetrics,
  finishHttpApp,
  Health,
  levelField,
  listen,
  portField,
  readConfig,
  wholeNumberField,
} from '@sotto/service';
import type { LevelStores, StoreHost } from '@sotto/store';
import { openLevelStores, PROBE, serveStores } from '@sotto/store';
import { Gauge } from 'prom-client';
import * as v from 'valibot';

const absolute = v.pipe(v.string(), v.startsWith('/', 'is no absolute path'));

const settings = v.object({
  STORE_FOLDER: absolute,
  STORE_SOCKET: absolute,
  PORT: v.optional(portField),
  HOST: v.optional(v.string()),
  LOG_LEVEL: v.optional(levelField, 'info'),
  DRAIN_TIMEOUT_MS: v.optional(wholeNumberField, '20000'),
});

export type StoreHostSettings = v.InferOutput<typeof settings>;

/** @throws ConfigError */
export function readStoreHostSettings(env: Readonly<Record<string, string | undefined>>): StoreHostSettings {
  return readConfig(settings, env);
}

/** Health and metrics over HTTP, where a port is given for them. */
async function serveHealth(
  { PORT: port, HOST: host }: StoreHostSettings,
  {
    stores,
    host: storeHost,
    health,
    logger,
  }: { stores: LevelStores; host: StoreHost; health: Health; logger: Logger },
): Promise<RunningServer | undefined> {
  if (port === undefined) return undefined;
  health.add('store', async () => {
    await stores.claims.get(PROBE);
  });
  const registry = createMetrics();
  new Gauge({
    name: 'sotto_store_host_servers',
    help: 'Servers that are connected.',
    registers: [registry],
    collect() {
      this.set(storeHost.connections);
    },
  });
  const app = createHttpApp({ logger, health });
  addMetricsRoute(app, registry);
  finishHttpApp(app);
  return listen(app, { port, ...(host !== undefined && { host }) });
}

/**
 * Opens a LevelDB folder and lets the servers of this machine share it.
 * @throws StoreOpenError
 * @throws the system's error when the port can't be had
 */
export async function startStoreHost(settings: StoreHostSettings, logger: Logger): Promise<Started> {
  const stores = await openLevelStores(settings.STORE_FOLDER, { documentMost: LIMITS.segmentHard });
  const host = await serveStores(stores, settings.STORE_SOCKET, {
    onFailure: (error) => logger.warn({ err: error }, 'a server was cut off'),
  });
  const health = new Health();
  const http = await serveHealth(settings, { stores, host, health, logger });
  return {
    ...(http && { port: http.port }),
    closing: [
      { name: 'readiness', run: () => health.drain() },
      { name: 'servers', run: () => host.close() },
      { name: 'port', run: () => http?.close() },
      { name: 'stores', run: () => stores.close() },
    ],
  };
}

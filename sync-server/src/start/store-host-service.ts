import { LIMITS } from '@sotto/protocol';
import type { Logger, ShutdownStep } from '@sotto/service';
import { readConfig, wholeNumberField } from '@sotto/service';
import { openLevelStores, serveStores } from '@sotto/store';
import * as v from 'valibot';

const absolute = v.pipe(v.string(), v.startsWith('/', 'is no absolute path'));

const settings = v.object({
  STORE_FOLDER: absolute,
  STORE_SOCKET: absolute,
  LOG_LEVEL: v.optional(v.picklist(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), 'info'),
  DRAIN_TIMEOUT_MS: v.optional(wholeNumberField, '20000'),
});

export type StoreHostSettings = v.InferOutput<typeof settings>;

/** @throws ConfigError */
export function readStoreHostSettings(env: Readonly<Record<string, string | undefined>>): StoreHostSettings {
  return readConfig(settings, env);
}

/**
 * Opens a LevelDB folder and lets the servers of this machine share it.
 * @throws StoreOpenError
 */
export async function startStoreHost(
  { STORE_FOLDER, STORE_SOCKET }: StoreHostSettings,
  logger: Logger,
): Promise<{ closing: readonly ShutdownStep[] }> {
  const stores = await openLevelStores(STORE_FOLDER, { documentMost: LIMITS.segmentHard });
  const host = await serveStores(stores, STORE_SOCKET, {
    onFailure: (error) => logger.warn({ err: error }, 'a server was cut off'),
  });
  return {
    closing: [
      { name: 'servers', run: () => host.close() },
      { name: 'stores', run: () => stores.close() },
    ],
  };
}

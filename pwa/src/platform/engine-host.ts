import type { Engine } from '@sotto/client';
import { serveEngine } from './engine-server.js';
import { ENGINE_LOCK, openBroadcast, tabLock } from './engine-wire.js';

/**
 * Runs in the worker: makes the engine once no other worker has one, and serves it until the worker ends.
 * @param create composes the engine
 */
export function hostEngine(create: () => Promise<Engine>): void {
  const run = async () => {
    const engine = await create();
    serveEngine(engine, {
      open: openBroadcast,
      generation: crypto.randomUUID(),
      // The tab holds its lock as long as it lives; when we get it, the tab is gone.
      gone: (tab) => navigator.locks.request(tabLock(tab), () => undefined),
      report: (error) => self.reportError(error),
    });
    await new Promise(() => undefined);
  };
  // Reported, so that the tab that owns this worker hears of it and starts another.
  navigator.locks.request(ENGINE_LOCK, run).catch((error: unknown) => self.reportError(error));
}

import type { Clock } from './clock.js';
import { EnginePort } from './engine-port.js';
import type { ControlMessage } from './engine-wire.js';
import { CONTROL_CHANNEL, ENGINE_LOCK, LEADER_LOCK, openBroadcast, tabLock } from './engine-wire.js';

const RESTARTS = [1_000, 4_000, 15_000, 60_000];

/** Keeps a worker running in this tab: starts it, and starts it again when it could not serve. */
function keepWorker(startWorker: () => Worker, clock: Clock): void {
  const control = openBroadcast<ControlMessage, ControlMessage>(CONTROL_CHANNEL);
  let serving = false;
  let failures = 0;
  control.listen((message) => {
    if (message.type !== 'serving' || serving) return;
    serving = true;
    failures = 0;
    // The worker holds this lock for life: when it comes to us, the worker is gone, and another is needed.
    void navigator.locks.request(ENGINE_LOCK, start);
  });
  const start = () => {
    serving = false;
    const worker = startWorker();
    worker.addEventListener('error', () => {
      // An error after it served is one call's fault, reported there; before, the worker never came to be.
      if (serving) return;
      worker.terminate();
      control.post({ type: 'down' });
      clock.after(RESTARTS[Math.min(failures++, RESTARTS.length - 1)]!, start);
    });
  };
  start();
}

/**
 * Joins the tabs of this browser: the engine as this tab's port, and this tab as the next owner of its worker.
 * @param startWorker starts the engine's worker; called once this tab leads
 */
export async function joinEngine(startWorker: () => Worker, clock: Clock): Promise<EnginePort> {
  const tab = crypto.randomUUID();
  await new Promise<void>((held) => {
    void navigator.locks.request(tabLock(tab), () => {
      held();
      return new Promise(() => undefined);
    });
  });
  const port = new EnginePort({ tab, open: openBroadcast, clock });
  void navigator.locks.request(LEADER_LOCK, () => {
    keepWorker(startWorker, clock);
    return new Promise(() => undefined);
  });
  return port;
}

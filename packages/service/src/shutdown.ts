import type { Logger } from './logger.js';

export interface ShutdownStep {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

export interface ShutdownOptions {
  readonly logger: Logger;
  readonly signals?: readonly NodeJS.Signals[];
  /** For all steps together, milliseconds. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;

/**
 * Drains on the first signal: runs the steps one after another and exits, with 0 when all went well and 1 when one
 * failed (the rest still run) or time ran out. A second signal exits at once.
 * @returns takes the handlers away again
 */
export function onShutdown(steps: readonly ShutdownStep[], options: ShutdownOptions): () => void {
  const { logger, signals = ['SIGTERM', 'SIGINT'], timeoutMs = TIMEOUT_MS } = options;
  let draining = false;
  const handle = (signal: NodeJS.Signals) => {
    if (draining) {
      logger.warn({ signal }, 'second signal, exiting at once');
      process.exit(1);
    }
    draining = true;
    logger.info({ signal }, 'draining');
    setTimeout(() => {
      logger.error({ timeoutMs }, 'draining took too long');
      process.exit(1);
    }, timeoutMs);
    void runSteps(steps, logger).then((failed) => process.exit(failed ? 1 : 0));
  };
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}

async function runSteps(steps: readonly ShutdownStep[], logger: Logger): Promise<boolean> {
  let failed = false;
  for (const { name, run } of steps) {
    try {
      await run();
      logger.info({ step: name }, 'drained');
    } catch (err) {
      failed = true;
      logger.error({ step: name, err }, 'drain step failed');
    }
  }
  return failed;
}

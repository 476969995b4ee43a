import type { Logger, ShutdownStep } from '@sotto/service';
import { ConfigError, createLogger, onShutdown } from '@sotto/service';
import { CouchSetUpError, StoreOpenError } from '@sotto/store';

/** Exit codes, besides 0 after an orderly end and 1 after one that was not. */
export const EXIT = {
  /** It could not start: the store, the port. */
  start: 1,
  /** The environment does not say what is needed. */
  settings: 2,
} as const;

export interface Process<Settings> {
  readonly name: string;
  /** @throws ConfigError */
  readonly settings: (env: NodeJS.ProcessEnv) => Settings & { readonly LOG_LEVEL: string };
  /** Milliseconds for all steps of the end together. */
  readonly drainTimeoutMs: (settings: Settings) => number;
  readonly start: (
    settings: Settings,
    logger: Logger,
  ) => Promise<{ readonly port?: number; readonly closing: readonly ShutdownStep[] }>;
}

/** Runs a process from its environment until SIGTERM or SIGINT; ends it with a code of {@link EXIT} when it can't start. */
export async function runProcess<Settings>(what: Process<Settings>): Promise<void> {
  try {
    const settings = what.settings(process.env);
    const logger = createLogger({ name: what.name, level: settings.LOG_LEVEL });
    try {
      const { port, closing } = await what.start(settings, logger);
      onShutdown(closing, { logger, timeoutMs: what.drainTimeoutMs(settings) });
      logger.info({ ...(port !== undefined && { port }) }, 'ready');
    } catch (error) {
      // Of a store its path and code; of a port its number: no secret is in either.
      const known =
        error instanceof StoreOpenError || error instanceof CouchSetUpError || isSystemError(error);
      if (known) process.stderr.write(`${what.name} cannot start: ${(error as Error).message}\n`);
      else logger.fatal({ err: error }, 'cannot start');
      process.exit(EXIT.start);
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(error.mistakes.map((mistake) => `${what.name}: ${mistake}\n`).join(''));
    process.exit(EXIT.settings);
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

import { type Logger, onShutdown, type ShutdownStep } from '@sotto/service';

const signals = ['SIGINT', 'SIGTERM'] as const;
/** Within this time after the first signal, others are its echo, milliseconds. */
const ECHO_MS = 1_000;

/**
 * Ends the process in order at the first signal, and at once at a second one. Under npm one Ctrl-C comes twice: from the
 * terminal, and passed on by npm.
 */
export function endOnSignal(steps: readonly ShutdownStep[], logger: Logger): void {
  const stop = onShutdown(steps, { logger, signals });
  const first = (): void => {
    stop();
    const echoesUntil = Date.now() + ECHO_MS;
    for (const signal of signals) {
      process.off(signal, first);
      process.on(signal, () => {
        if (Date.now() > echoesUntil) process.exit(1);
      });
    }
  };
  for (const signal of signals) process.on(signal, first);
}

import { createLogger } from '../logger.js';
import { onShutdown } from '../shutdown.js';

/**
 * A process that prints its drain steps. Its argument says how they go: `well`, `badly` (the second fails), `hanging`
 * (the second never ends).
 */
function main(mode: string | undefined): void {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const second = {
    well: () => new Promise<void>((resolve) => setTimeout(resolve, 20)),
    badly: () => Promise.reject(new Error('the second step failed')),
    hanging: () => new Promise<void>(() => undefined),
  }[mode as 'well' | 'badly' | 'hanging'];
  const logger = createLogger({ name: 'drain', level: 'silent' });
  onShutdown(
    [
      { name: 'first', run: () => void say('first') },
      {
        name: 'second',
        run: async () => {
          say('second begins');
          await second();
          say('second ends');
        },
      },
      { name: 'third', run: () => void say('third') },
    ],
    { logger, timeoutMs: Number(process.argv[3] ?? 10_000) },
  );
  setInterval(() => undefined, 1_000);
  say('ready');
}

main(process.argv[2]);

import { readFileSync } from 'node:fs';
import { announce } from './announce.js';
import { endOnSignal } from './end-on-signal.js';
import { startOneProcess } from './one-process.js';
import { readOptions } from './options.js';
import { StartError } from './start-error.js';

/**
 * Runs Sotto from the command line: starts it, says where it is, ends on SIGINT or SIGTERM.
 * @returns exit code when it could not start, with the reason on stderr; 0 once it runs
 */
export async function runSotto(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(readFileSync(new URL('../../launch/help.txt', import.meta.url)));
    return 0;
  }
  try {
    const sotto = await startOneProcess(readOptions(args, process.cwd()), process.env);
    endOnSignal(sotto.closing, sotto.logger);
    process.stdout.write(announce(sotto.announcement));
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';

const main = fileURLToPath(new URL('../main.js', import.meta.url));
const START_MS = 60_000;

export interface StartSottoOptions {
  /** Folder of all state; a temporary one by default, removed by `remove`. */
  readonly data?: string;
  /** A free one by default. */
  readonly port?: number;
  /** More flags. */
  readonly flags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A real Sotto, all services in one process of its own. */
export interface Sotto {
  readonly origin: string;
  readonly port: number;
  readonly data: string;
  readonly pid: number;
  /** Both streams of the running process, so far. */
  output(): string;
  /** Sends a signal, SIGTERM by default, and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<Ended>;
  /** Starts it again on the same port and data, after `kill`. */
  restart(): Promise<void>;
  /** Ends it at once if it runs, and removes its folder if that is temporary. */
  remove(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  output: string;
  origin: string;
}

/** A test that ends early leaves no server behind. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Runs the command line, without waiting for anything. */
export function spawnSotto(flags: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, ['--enable-source-maps', main, ...flags], {
    env: { ...process.env, SMTP_URL: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal })),
  );
  const running: Running = { child, ended, output: '', origin: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      running.output += text;
    });
  }
  return running;
}

/** Waits until it says where it is. */
async function untilReady(running: Running): Promise<void> {
  const ready = new Promise<void>((resolve) => {
    running.child.stdout?.on('data', () => {
      const said = /^Sotto is at (\S+)$/m.exec(running.output);
      if (said?.[1]) running.origin = said[1];
      if (running.origin && /^Data lies in /m.test(running.output)) resolve();
    });
  });
  const tooLate = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`Sotto did not start in time:\n${running.output}`)), START_MS).unref();
  });
  const early = running.ended.then(({ code }) => {
    throw new Error(`Sotto ended with code ${code} before it was ready:\n${running.output}`);
  });
  try {
    await Promise.race([ready, early, tooLate]);
  } catch (error) {
    running.child.kill('SIGKILL');
    throw error;
  }
}

async function run(options: { data: string; port: number } & StartSottoOptions): Promise<Running> {
  const flags = ['--port', String(options.port), '--data', options.data, ...(options.flags ?? [])];
  const running = spawnSotto(flags, options.env);
  await untilReady(running);
  return running;
}

/**
 * Starts Sotto as people do, on a free port of this machine, and waits until it is ready.
 * @throws Error with its output when it does not start
 */
export async function startSotto(options: StartSottoOptions = {}): Promise<Sotto> {
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'sotto-data-'));
  const port = options.port ?? (await freePort());
  let running = await run({ ...options, data, port });
  const kill = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> => {
    running.child.kill(signal);
    return running.ended;
  };
  return {
    data,
    port,
    get origin() {
      return running.origin;
    },
    get pid() {
      return running.child.pid ?? 0;
    },
    output: () => running.output,
    kill,
    async restart() {
      running = await run({ ...options, data, port });
    },
    async remove() {
      await kill('SIGKILL');
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
}

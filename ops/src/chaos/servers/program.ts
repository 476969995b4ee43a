import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const START_MS = 60_000;
/** Characters of what it printed that are kept. */
const MOST_PRINTED = 10_000;
const CLOCK = fileURLToPath(new URL('./skewed-clock.js', import.meta.url));

export interface ProgramOptions {
  /** File of the module that is run. */
  readonly module: string;
  readonly env: Readonly<Record<string, string>>;
  /** Modules that are loaded before it. */
  readonly imports?: readonly string[];
  /** Gets all that it prints. */
  readonly log: string;
  /** Whether it is at work: asked for again and again from its start. */
  readonly isReady: (printed: string) => boolean | Promise<boolean>;
  /** Told with what it printed last when it ended although nobody wanted it to; it is started again. */
  readonly crashed?: (printed: string) => void;
  /** Hears what it says to its parent. */
  readonly hear?: (message: unknown) => void;
}

/** A process that can be killed, stopped and started again at any time. */
export class Program {
  readonly #options: ProgramOptions;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #printed = '';
  #skew = 0;
  /** It was ready, and nobody ends it. */
  #isAtWork = false;
  /** Kills and starts come one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it printed since its last start. */
  get printed(): string {
    return this.#printed;
  }

  /** Starts it where it does not run, again if it ends before it is ready. @throws Error when it is not ready in time */
  start(): Promise<void> {
    return this.#next(async () => {
      const end = performance.now() + START_MS;
      if (this.#child) return;
      this.#spawn();
      while (!(await this.#isReady())) {
        if (performance.now() > end) throw new Error(`not ready in time, see ${this.#options.log}`);
        await pause(20);
        if (!this.#child) this.#spawn();
      }
      this.#isAtWork = true;
    });
  }

  /** Ends it where it runs. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    return this.#next(async () => {
      this.#isAtWork = false;
      this.#child?.kill(signal);
      await this.#ended;
    });
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Sets its clock off by so many milliseconds; it stays so when it starts again. */
  skew(by: number): void {
    this.#skew = by;
    this.say({ skew: by });
  }

  /** Whether there was somebody to say it to. */
  say(message: object): boolean {
    if (!this.#child?.connected) return false;
    // One that has just died hears nothing; that shows by its end.
    this.#child.send(message, () => {});
    return true;
  }

  async #isReady(): Promise<boolean> {
    try {
      return this.#child !== undefined && (await this.#options.isReady(this.#printed));
    } catch {
      // Nobody answers yet.
      return false;
    }
  }

  #crashed(last: string): void {
    this.#isAtWork = false;
    this.#options.crashed?.(last);
    // One that can't be started again shows by what does not come to be.
    this.start().catch(() => {});
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  #spawn(): void {
    const { module, env, imports = [], log, hear } = this.#options;
    const flags = [CLOCK, ...imports].flatMap((file) => ['--import', file]);
    const child = spawn(process.execPath, ['--enable-source-maps', ...flags, module], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#printed = '';
    let last = '';
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (this.#printed.length < MOST_PRINTED) this.#printed += text;
        last = (last + text).slice(-MOST_PRINTED);
        appendFileSync(log, text);
      });
    child.on('message', (message) => hear?.(message));
    // What can't be sent any more: its end says the same.
    child.on('error', () => {});
    if (this.#skew !== 0) this.say({ skew: this.#skew });
    this.#ended = new Promise((resolve) =>
      child.once('close', () => {
        if (this.#child === child) {
          this.#child = undefined;
          this.#printed = '';
          if (this.#isAtWork) this.#crashed(last);
        }
        resolve();
      }),
    );
  }
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from '../../client/cpu-seconds.js';
import type { Answer, Order, StartOrder } from './serve.js';

const serve = fileURLToPath(new URL('./serve.js', import.meta.url));
/** A benchmark that ends early leaves no server behind. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** One sync server in a process of its own. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /**
   * Starts a server and waits until it listens.
   * @param flags of Node, for looking into one
   * @throws Error when it does not
   */
  static async start(order: StartOrder, flags: readonly string[] = []): Promise<ServerProcess> {
    const child = fork(serve, {
      execArgv: ['--expose-gc', ...flags],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    child.send(order);
    const early = once(child, 'exit').then(([code]) => {
      throw new Error(`${order.name} ended with code ${String(code)} before it listened`);
    });
    const answer = await Promise.race([once(child, 'message'), early]);
    return new ServerProcess(child, (answer[0] as Extract<Answer, { port: number }>).port);
  }

  /** CPU seconds used so far, user and kernel, all threads. @throws Error where there is no /proc */
  get cpuS(): number {
    const used = cpuSeconds(this.#child.pid!);
    if (used === undefined) throw new Error('CPU time of a process is read from /proc');
    return used;
  }

  /** Resident memory in KiB after its garbage was collected. */
  async settledKiB(): Promise<number> {
    // A pool of buffers is given back some time after the collection that emptied it.
    for (let round = 0; round < 3; round += 1) {
      const collected = once(this.#child, 'message');
      this.#child.send({ ask: 'collect' } satisfies Order);
      await collected;
      await wait(200);
    }
    return this.#status('VmRSS');
  }

  /** From now on {@link peakKiB} counts. */
  forgetPeak(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5');
  }

  /** Most resident memory, in KiB, since {@link forgetPeak}. */
  get peakKiB(): number {
    return this.#status('VmHWM');
  }

  /** Ends it and waits until it is gone: at once with SIGKILL, by its own shutdown else. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  #status(field: string): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]);
  }
}

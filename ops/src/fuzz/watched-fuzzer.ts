import { Worker } from 'node:worker_threads';
import type { Run, Seen } from './fuzz-target.js';

/** What became of fuzzing one decoder. */
export type Verdict =
  | ({ readonly status: 'passed' } & Seen)
  | {
      readonly status: 'broken' | 'hung';
      readonly message: string;
      readonly input: Uint8Array;
      readonly stack: string;
    };

/** One input takes microseconds. Longer than this, on however slow a machine, is a hang. Milliseconds. */
const HANG_MS = 30_000;
const LOOK_MS = 1_000;
const MOST_INPUT = 128 * 1_024;
const WORKER = new URL('./worker.js', import.meta.url);

export interface FuzzerOptions {
  /** Whether inputs that reach something new are looked for and kept. */
  readonly explores: boolean;
  /** Without progress for so long, a decoder hangs. Milliseconds. */
  readonly hangMs: number;
  readonly worker: URL;
}

/** Fuzzes decoders in a thread, which is ended when it makes no progress any more. */
export class WatchedFuzzer {
  readonly #ticks = new Int32Array(new SharedArrayBuffer(8));
  readonly #current = new Uint8Array(new SharedArrayBuffer(MOST_INPUT));
  readonly #options: FuzzerOptions;
  #worker: Worker | undefined;

  constructor(options: Partial<FuzzerOptions> = {}) {
    this.#options = { explores: false, hangMs: HANG_MS, worker: WORKER, ...options };
  }

  /** Fuzzes one decoder; one at a time. */
  run(name: string, run: Run): Promise<Verdict> {
    const { worker: url, explores } = this.#options;
    this.#worker ??= new Worker(url, {
      workerData: { ticks: this.#ticks, current: this.#current, explores },
    });
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const look = this.#look(() => {
        void this.close();
        done(() => resolve(this.#hung(name)));
      });
      const answered = (verdict: Verdict) => done(() => resolve(verdict));
      const failed = (error: Error) => done(() => reject(error));
      const done = (then: () => void) => {
        clearInterval(look);
        worker.off('message', answered);
        worker.off('error', failed);
        then();
      };
      worker.on('message', answered);
      worker.on('error', failed);
      worker.postMessage({ name, run });
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  /** Looks whether inputs are still being tried. */
  #look(stalled: () => void): NodeJS.Timeout {
    let seen = -1;
    let since = Date.now();
    return setInterval(() => {
      const tick = Atomics.load(this.#ticks, 0);
      if (tick !== seen) [seen, since] = [tick, Date.now()];
      else if (Date.now() - since > this.#options.hangMs) stalled();
    }, LOOK_MS);
  }

  #hung(name: string): Verdict {
    const input = this.#current.slice(0, Atomics.load(this.#ticks, 1));
    const message = `${name}: no end in ${this.#options.hangMs} ms; input ${Buffer.from(input).toString('base64')}`;
    return { status: 'hung', message, input, stack: '' };
  }
}

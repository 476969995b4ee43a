import { Session } from 'node:inspector/promises';

interface CoverageAnswer {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

const OURS = /\/(packages|sync-server|auth-server)\/.*\/?dist\/|\/node_modules\/(lib0|yjs)\//;
const NOT_FUZZED = /\/testing\/|\/ops\/dist\//;

/** Decoders, and the libraries that they leave the grammar of CBOR and Yjs to. */
function isOurs(url: string): boolean {
  return OURS.test(url) && !NOT_FUZZED.test(url);
}

/** Which blocks of our packages ran, by V8's precise coverage: what an input reached that none did before. */
export class Coverage {
  readonly #session = new Session();
  readonly #reached = new Set<string>();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Blocks that ran since this was asked last and never before. They stay unknown until {@link learn} is told of them. */
  async fresh(): Promise<Set<string>> {
    const { result } = (await this.#session.post('Profiler.takePreciseCoverage')) as CoverageAnswer;
    const fresh = new Set<string>();
    for (const { url, functions } of result) {
      if (!isOurs(url)) continue;
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges) {
          const block = `${url}:${startOffset}:${endOffset}`;
          if (count > 0 && !this.#reached.has(block)) fresh.add(block);
        }
    }
    return fresh;
  }

  learn(blocks: Iterable<string>): void {
    for (const block of blocks) this.#reached.add(block);
  }

  /** Blocks that ran at all. */
  get size(): number {
    return this.#reached.size;
  }
}

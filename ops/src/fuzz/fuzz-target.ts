import { seededRandom } from '@sotto/client/testing/crypto';
import { readCorpus } from './corpus.js';
import type { Coverage } from './coverage.js';
import { changed } from './mutations.js';
import type { Target } from './targets.js';
import { Broken, tryInput } from './try-input.js';

/** How long, and from where. */
export interface Run {
  readonly seed: number;
  /** Inputs at most. */
  readonly rounds: number;
  /** Until then, milliseconds since 1970. */
  readonly until: number;
}

/** What a run saw. */
export interface Seen {
  readonly taken: number;
  readonly refused: number;
  /** The corpus, and what was added to it: everything that reached a block of our code that nothing before it reached. */
  readonly kept: readonly Uint8Array[];
  readonly blocks: number;
}

/** Longer inputs are not kept, unless valid ones are as long: a corpus is to be read and carried about. Bytes. */
const MOST_KEPT = 2_048;
/** Inputs whose coverage is looked at together. */
const BATCH = 256;

/**
 * Gives a decoder its samples, its corpus and changed copies of both.
 * @param trying told of each input before it is tried
 * @param coverage by which inputs that reach something new are found and kept; begun before the decoders were loaded
 * @throws Broken over the first input that a decoder does not take or refuse as it should
 */
export async function fuzzTarget(
  target: Target,
  run: Run,
  trying: (input: Uint8Array) => void,
  coverage?: Coverage,
): Promise<Seen> {
  const counts = { taken: 0, refused: 0 };
  const give = async (input: Uint8Array) => {
    trying(input);
    const outcome = await tryInput(target, input);
    counts[outcome] += 1;
    return outcome;
  };
  const samples = await target.samples();
  for (const sample of samples)
    if ((await give(sample)) !== 'taken') throw new Broken(target.name, sample, 'a valid input was refused');
  const inputs: Uint8Array[] = [];
  const mostKept = Math.max(MOST_KEPT, ...samples.map(({ length }) => length));
  const consider = async (input: Uint8Array) => {
    await give(input);
    const fresh = await coverage?.fresh();
    if (fresh?.size === 0) return;
    coverage?.learn(fresh ?? []);
    if (input.length <= mostKept) inputs.push(input);
  };
  // What is kept comes first, so that it stays what it was; samples are made anew by each run.
  for (const input of [...readCorpus(target), ...samples]) await consider(input);

  const random = seededRandom(run.seed);
  for (let round = 0; round < run.rounds && Date.now() < run.until; round += BATCH) {
    const size = Math.min(BATCH, run.rounds - round);
    const batch = Array.from({ length: size }, () => changed(random, target, inputs));
    for (const input of batch) await give(input);
    // Something new was reached by one of them or more: each is tried alone to see by which.
    if (coverage && (await coverage.fresh()).size > 0) for (const input of batch) await consider(input);
  }
  return { ...counts, kept: inputs, blocks: coverage?.size ?? 0 };
}

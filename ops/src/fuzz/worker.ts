import { parentPort, workerData } from 'node:worker_threads';
import { Coverage } from './coverage.js';
import type { Run } from './fuzz-target.js';
import type { Verdict } from './watched-fuzzer.js';

/** Fuzzes decoders in a thread of its own, so that whoever watches can end one that hangs. */
const { ticks, current, explores } = workerData as {
  ticks: Int32Array;
  current: Uint8Array;
  explores: boolean;
};

const coverage = explores ? new Coverage() : undefined;
await coverage?.start();
// Only what is compiled after coverage began is counted by blocks.
const { fuzzTarget } = await import('./fuzz-target.js');
const { targetNamed } = await import('./targets.js');
const { Broken } = await import('./try-input.js');

function trying(input: Uint8Array): void {
  current.set(input.subarray(0, current.length));
  Atomics.store(ticks, 1, Math.min(input.length, current.length));
  Atomics.add(ticks, 0, 1);
}

async function verdictOf(name: string, run: Run): Promise<Verdict> {
  try {
    return { status: 'passed', ...(await fuzzTarget(targetNamed(name), run, trying, coverage)) };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    const { message, input, cause } = error;
    return { status: 'broken', message, input, stack: cause instanceof Error ? (cause.stack ?? '') : '' };
  }
}

parentPort!.on('message', async ({ name, run }: { name: string; run: Run }) => {
  parentPort!.postMessage(await verdictOf(name, run));
});

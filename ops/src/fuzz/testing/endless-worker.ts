import { parentPort, workerData } from 'node:worker_threads';

/** A decoder that never comes back from its input: what whoever watches has to notice. */
const { ticks, current } = workerData as { ticks: Int32Array; current: Uint8Array };

parentPort!.on('message', () => {
  current.set([1, 2, 3]);
  Atomics.store(ticks, 1, 3);
  Atomics.add(ticks, 0, 1);
  for (;;);
});

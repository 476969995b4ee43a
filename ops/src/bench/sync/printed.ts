import type { SyncResult } from './result.js';

/** Figures that programs read, by workload. */
const FIGURES: { readonly [W in keyof SyncResult]: readonly string[] } = {
  fanoutA: ['cpuPer10k', 'p50Ms', 'p99Ms'],
  fanoutB: ['perS', 'cpuPer10k'],
  join: ['newest1kMs', 'newest100kMs', 'all100kColdMs', 'rssGrowMiB'],
  idle: ['kibPerConn', 'perS'],
  restart: ['acked', 'lost'],
  replicas: ['p50Ms', 'p99Ms'],
  returning: ['allServedMs', 'p50Ms', 'peakGrowMiB', 'kibPerConn', 'sentBack', 'cpuPer10k'],
};
/** Stand in what is printed whether they were measured or not. */
const ALWAYS: readonly string[] = ['fanoutA', 'fanoutB', 'join', 'idle', 'restart'];

/** What `--json` prints of a result: these keys and no others; all that was measured was told meanwhile. */
export function printed(result: SyncResult): object {
  const workloads = Object.entries(FIGURES).flatMap(([workload, figures]) => {
    const servers = Object.entries<object>(result[workload as keyof SyncResult]);
    if (servers.length === 0 && !ALWAYS.includes(workload)) return [];
    const chosen = servers.map(([name, measured]) => [
      name,
      Object.fromEntries(Object.entries(measured).filter(([figure]) => figures.includes(figure))),
    ]);
    return [[workload, Object.fromEntries(chosen)]];
  });
  return Object.fromEntries(workloads);
}

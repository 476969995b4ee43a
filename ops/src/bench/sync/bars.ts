import type { SyncResult } from './result.js';

interface Bar {
  readonly what: string;
  readonly unit: string;
  readonly value: (result: SyncResult) => number | undefined;
  readonly atLeast?: (result: SyncResult) => number | undefined;
  readonly atMost?: (result: SyncResult) => number | undefined;
}

/** What two figures may differ by and still be called the same, of a few milliseconds each. */
const NOISE_MS = 5;

const BARS: readonly Bar[] = [
  {
    what: 'A: server CPU',
    unit: 's per 10k',
    value: ({ fanoutA }) => fanoutA.sotto?.cpuPer10k,
    atMost: () => 0.4,
  },
  {
    what: 'A: p99',
    unit: 'ms',
    value: ({ fanoutA }) => fanoutA.sotto?.p99Ms,
    atMost: ({ fanoutA }) => fanoutA['yws-leveldb'] && 2 * fanoutA['yws-leveldb'].p99Ms,
  },
  {
    what: 'B: deliveries',
    unit: '/s',
    value: ({ fanoutB }) => fanoutB.sotto?.perS,
    atLeast: ({ fanoutB }) => fanoutB['hocuspocus-sqlite']?.perS,
  },
  {
    what: 'B: server CPU',
    unit: 's per 10k',
    value: ({ fanoutB }) => fanoutB.sotto?.cpuPer10k,
    atMost: ({ fanoutB }) => fanoutB['hocuspocus-sqlite']?.cpuPer10k,
  },
  {
    what: 'newest segment of 100k',
    unit: 'ms',
    value: ({ join }) => join.sotto?.newest100kMs,
    atMost: () => 20,
  },
  {
    what: 'newest segment of 100k, beside that of 1k',
    unit: 'ms',
    value: ({ join }) => join.sotto?.newest100kMs,
    atMost: ({ join }) => join.sotto && join.sotto.newest1kMs + NOISE_MS,
  },
  { what: 'all 100k, cold', unit: 'ms', value: ({ join }) => join.sotto?.all100kColdMs, atMost: () => 600 },
  { what: 'idle', unit: 'KiB a connection', value: ({ idle }) => idle.sotto?.kibPerConn, atMost: () => 16 },
  { what: 'connections opened', unit: '/s', value: ({ idle }) => idle.sotto?.perS, atLeast: () => 2_500 },
  { what: 'acknowledged and lost', unit: '', value: ({ restart }) => restart.sotto?.lost, atMost: () => 0 },
];

/** For each bar one line: whether it is met. A bar that is another server's figure says nothing where that was not measured. */
export function barLines(result: SyncResult): string[] {
  return BARS.map(({ what, unit, value, atLeast, atMost }) => {
    const is = value(result);
    const bound = (atLeast ?? atMost)?.(result);
    const words = `${what}: ${is} ${unit} of ${atLeast ? 'at least' : 'at most'} ${bound}`;
    if (is === undefined || bound === undefined) return `UNKNOWN  ${what}: not measured`;
    return `${(atLeast ? is >= bound : is <= bound) ? 'met    ' : 'NOT MET'}  ${words}`;
  });
}

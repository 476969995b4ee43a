import type { ClientResult } from './measure.js';

interface Bar {
  readonly what: string;
  readonly unit: string;
  readonly atMost: number;
  readonly value: (result: ClientResult) => number;
}

const BARS: readonly Bar[] = [
  { what: 'first load', unit: 'kB', atMost: 150, value: ({ bundle }) => bundle.initialBrotliKB },
  { what: 'opening offline', unit: 'ms', atMost: 1_000, value: ({ open }) => open.offlineMs },
  { what: 'delivery p50', unit: 'ms', atMost: 50, value: ({ deliver }) => deliver.p50Ms },
];

/** For each bar one line: whether it is met. Times vary with the machine, so nothing fails by them. */
export function barLines(result: ClientResult): string[] {
  return BARS.map(({ what, unit, atMost, value }) => {
    const is = value(result);
    return `${is <= atMost ? 'met    ' : 'NOT MET'}  ${what}: ${is} ${unit} of at most ${atMost}`;
  });
}

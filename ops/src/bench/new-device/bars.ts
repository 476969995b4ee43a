import type { NewDeviceResult } from './measure.js';

interface Bar {
  readonly what: string;
  readonly unit: string;
  readonly atMost: number;
  readonly value: (result: NewDeviceResult) => number;
}

const BARS: readonly Bar[] = [
  {
    what: 'sign-in to the newest conversation readable',
    unit: 'ms',
    atMost: 3_000,
    value: ({ newestMs }) => newestMs,
  },
  {
    what: 'everything on the device',
    unit: 'ms',
    atMost: 120_000,
    value: ({ everythingMs }) => everythingMs,
  },
  { what: 'longest frame meanwhile', unit: 'ms', atMost: 50, value: ({ frames }) => frames.worstMs },
];

/** For each bar one line: whether it is met. Times vary with the machine, so nothing fails by them. */
export function barLines(result: NewDeviceResult): string[] {
  const bars = BARS.map(({ what, unit, atMost, value }) => {
    const is = value(result);
    return `${is <= atMost ? 'met    ' : 'NOT MET'}  ${what}: ${is} ${unit} of at most ${atMost}`;
  });
  const { cpu, machine } = result;
  const work = `the page's longest task took ${cpu.longestPageTaskMs} ms of a processor, at a load of ${machine.load} on ${machine.cpus}`;
  return [...bars, `         ${work}`];
}

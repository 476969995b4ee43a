import type { CryptoResult } from './result.js';

interface Bar {
  readonly what: string;
  readonly unit: string;
  readonly value: (result: CryptoResult) => number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const BARS: readonly Bar[] = [
  {
    what: 'history in Chromium',
    unit: 'envelopes/s',
    atLeast: 5_000,
    value: ({ historyPerS }) => historyPerS,
  },
  {
    what: 'encrypting in Chromium',
    unit: 'messages/s',
    atLeast: 1_000,
    value: ({ chromium }) => chromium.encryptPerS,
  },
  {
    what: 'opening sessions in Chromium',
    unit: 'sessions/s',
    atLeast: 100,
    value: ({ chromium }) => chromium.sessionPerS,
  },
  {
    what: 'envelope over 20 characters, before padding',
    unit: 'bytes',
    atMost: 256,
    value: ({ envelopeBytes }) => envelopeBytes,
  },
];

/** For each bar one line: whether it is met. Times vary with the machine, so nothing fails by them. */
export function barLines(result: CryptoResult): string[] {
  return BARS.map(({ what, unit, value, atLeast = 0, atMost = Number.POSITIVE_INFINITY }) => {
    const is = value(result);
    const met = is >= atLeast && is <= atMost;
    const bar = atLeast > 0 ? `at least ${atLeast}` : `at most ${atMost}`;
    return `${met ? 'met    ' : 'NOT MET'}  ${what}: ${is} ${unit} of ${bar}`;
  });
}

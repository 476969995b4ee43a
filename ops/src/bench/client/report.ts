import type { Transfer } from './counting-proxy.js';
import { type FirstLoad, kilobytes } from './first-load.js';

function row({ bytes, encoding, path }: Transfer): string {
  return `${String(bytes).padStart(9)}  ${(encoding || 'as is').padEnd(6)} ${path}`;
}

const largestFirst = (transfers: readonly Transfer[]): string[] =>
  [...transfers].sort((a, b) => b.bytes - a.bytes).map(row);

/** Every file of the first load, the largest first. */
export function fileTable({ initial, later, answerBytes }: FirstLoad): string {
  return [
    '    bytes  as     file',
    ...largestFirst(initial),
    `${kilobytes(initial).toFixed(1).padStart(9)}  kB in ${initial.length} files`,
    ...largestFirst(later),
    `${kilobytes(later).toFixed(1).padStart(9)}  kB more in ${later.length} for use offline`,
    `${(answerBytes / 1_000).toFixed(1).padStart(9)}  kB of answers from the servers`,
  ].join('\n');
}

import { readFileSync } from 'node:fs';

/** Linux counts a process's time in these, whatever its clock runs at. */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds that a process has used so far, in user and kernel.
 * @returns undefined where there is no /proc
 */
export function cpuSeconds(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold anything; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

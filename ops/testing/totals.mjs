// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape
const colours = /\u001b\[[0-9;]*m/g;

/**
 * Adds up the totals that uvu printed in one test file's output.
 * @param {string} output
 * @returns {{ total: number, passed: number, skipped: number } | undefined} undefined when there are none
 */
export function readTotals(output) {
  const plain = output.replace(colours, '');
  const sums = ['Total', 'Passed', 'Skipped'].map((word) => {
    const lines = [...plain.matchAll(new RegExp(`^ {2}${word}: +(\\d+)$`, 'gm'))];
    return lines.length === 0 ? undefined : lines.reduce((sum, line) => sum + Number(line[1]), 0);
  });
  const [total, passed, skipped] = sums;
  if (total === undefined || passed === undefined || skipped === undefined) return undefined;
  return { total, passed, skipped };
}

/**
 * What a test file's end counts for. Anything but a clean end with totals and at least one test is a failure.
 * @param {{ code: number | null, timedOut: boolean, output: string }} end `code` null when a signal ended it
 * @returns {{ passed: number, failed: number, skipped: number, reason: string }} `reason` empty when nothing failed
 */
export function judge({ code, timedOut, output }) {
  const totals = readTotals(output);
  if (timedOut) return { passed: 0, failed: 1, skipped: 0, reason: 'did not end in time' };
  if (!totals) return { passed: 0, failed: 1, skipped: 0, reason: `printed no totals, exit code ${code}` };
  const { total, passed, skipped } = totals;
  const failed = total - passed;
  if (failed > 0) return { passed, failed, skipped, reason: `${failed} of ${total} failed` };
  if (code !== 0) return { passed, failed: 1, skipped, reason: `exit code ${code}` };
  if (total + skipped === 0) return { passed, failed: 1, skipped, reason: 'held no test' };
  return { passed, failed: 0, skipped, reason: '' };
}

/** The last line of a test run. */
export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

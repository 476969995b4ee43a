import type { WorkerPage } from './worker-page.js';

/** What uvu says in the end. */
export interface Totals {
  readonly total: number;
  readonly passed: number;
  readonly skipped: number;
  /** All that it wrote, without colours. */
  readonly output: string;
}

// What uvu writes goes to the page; the last line that it writes is how long it took.
const LISTENING = `{
  let text = '';
  console.log = (...parts) => {
    text += parts.join(' ') + '\\n';
    if (/Duration:/.test(parts.join(' '))) postMessage({ last: text });
  };
}`;

/**
 * Runs a test file in a worker, what it writes redirected before its first line.
 * @param code one module, with uvu in it
 */
export async function runSuite(page: WorkerPage, code: string): Promise<Totals> {
  const written = await page.run<string>(`${LISTENING}\n${code}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape
  const output = written.replace(/\u001b\[[0-9;]*m/g, '');
  const [total, passed, skipped] = ['Total', 'Passed', 'Skipped'].map((word) =>
    Number(new RegExp(`${word}: +(\\d+)`).exec(output)?.[1] ?? Number.NaN),
  ) as [number, number, number];
  return { total, passed, skipped, output };
}

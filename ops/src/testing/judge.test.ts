import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

interface Verdict {
  passed: number;
  failed: number;
  skipped: number;
  reason: string;
}
interface End {
  code: number | null;
  timedOut: boolean;
  output: string;
}
interface Testing {
  judge(end: End): Verdict;
  summary(counts: Omit<Verdict, 'reason'>): string;
  runFile(file: string, options: { timeoutMs: number; cwd: string }): Promise<End>;
}

// The test command is plain JavaScript, since it runs before anything is built.
const root = fileURLToPath(new URL('../../..', import.meta.url));
const load = (file: string): Promise<object> => import(pathToFileURL(join(root, 'ops/testing', file)).href);
const { judge, summary, runFile } = {
  ...(await load('totals.mjs')),
  ...(await load('run-file.mjs')),
} as Testing;

const test = suite('test command');
const folder = mkdtempSync(join(tmpdir(), 'sotto-testing-'));
test.after(() => rmSync(folder, { recursive: true }));

const uvu = pathToFileURL(join(root, 'node_modules/uvu/dist/index.mjs')).href;
const head = `import { suite } from '${uvu}'; const test = suite('x');`;
const pass = "test('a', () => {});";
const fail = "test('b', () => { throw new Error('no'); });";

let files = 0;
async function verdictOn(source: string, timeoutMs = 30_000): Promise<Verdict> {
  const file = join(folder, `${files++}.mjs`);
  writeFileSync(file, `${head}\n${source}`);
  return judge(await runFile(file, { timeoutMs, cwd: folder }));
}

test('a clean file counts its tests', async () => {
  const verdict = await verdictOn(`${pass} ${pass} test.run();`);
  assert.equal(verdict, { passed: 2, failed: 0, skipped: 0, reason: '' });
});

test('suites of one file add up, skipped tests are told apart', async () => {
  const verdict = await verdictOn(
    `${pass} test.skip('s'); test.run(); const u = suite('y'); u('c', () => {}); u.run();`,
  );
  assert.equal(verdict, { passed: 2, failed: 0, skipped: 1, reason: '' });
});

const failures: [string, string, number][] = [
  ['a test that throws', `${pass} ${fail} test.run();`, 1],
  [
    'a hook before all that throws, of which uvu says nothing',
    `${pass} test.before(() => { throw 1; }); test.run();`,
    1,
  ],
  ['a hook after all that throws', `${pass} test.after(() => { throw new Error('x'); }); test.run();`, 1],
  ['a suite that is never run', pass, 1],
  ['a suite without tests', 'test.run();', 1],
  ['an exit in the midst', `test('c', () => process.exit(0)); test.run();`, 1],
  [
    'an exit code after good totals',
    `${pass} test.run(); process.on('exit', () => { process.exitCode = 3; });`,
    1,
  ],
  ['a syntax error', 'const const', 1],
  ['a signal', `test('d', () => process.kill(process.pid, 'SIGKILL')); test.run();`, 1],
];

for (const [title, source, failed] of failures) {
  test(`failure: ${title}`, async () => {
    const verdict = await verdictOn(source);
    assert.is(verdict.failed, failed);
    assert.is.not(verdict.reason, '');
  });
}

test('failure: a file that does not end, and what it started ends with it', async () => {
  // The child holds the file's output open: `runFile` would wait for it for ever.
  const source = `import { spawn } from 'node:child_process';
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    ${pass} test.run(); setInterval(() => {}, 1000);`;
  const verdict = await verdictOn(source, 1_500);
  assert.is(verdict.failed, 1);
  assert.match(verdict.reason, /in time/);
});

test('the last line has skipped tests only when there are some', () => {
  assert.is(summary({ passed: 3, failed: 1, skipped: 0 }), '3 passed, 1 failed');
  assert.is(summary({ passed: 3, failed: 0, skipped: 2 }), '3 passed, 0 failed, 2 skipped');
});

test.run();

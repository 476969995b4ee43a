import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('shutdown');

interface Ended {
  readonly lines: readonly string[];
  readonly code: number | null;
}

/** Runs a draining process; `react` is told of every line that it prints. */
async function run(
  args: readonly string[],
  react: (line: string, child: ChildProcess) => void,
): Promise<Ended> {
  const program = fileURLToPath(new URL('./testing/draining-process.js', import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter(Boolean)) {
      lines.push(line);
      react(line, child);
    }
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { lines, code };
}

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`S12 ${signal} drains step by step and exits with 0`, async () => {
    const { lines, code } = await run(['well'], (line, child) => {
      if (line === 'ready') child.kill(signal);
    });
    assert.equal(lines, ['ready', 'first', 'second begins', 'second ends', 'third']);
    assert.is(code, 0);
  });

test('S12 a step that fails does not keep the rest from draining, and the exit says so', async () => {
  const { lines, code } = await run(['badly'], (line, child) => {
    if (line === 'ready') child.kill('SIGTERM');
  });
  assert.equal(lines, ['ready', 'first', 'second begins', 'third']);
  assert.is(code, 1);
});

test('S12 a second signal exits at once', async () => {
  const { lines, code } = await run(['hanging'], (line, child) => {
    if (line === 'ready') child.kill('SIGTERM');
    if (line === 'second begins') child.kill('SIGTERM');
  });
  assert.equal(lines, ['ready', 'first', 'second begins']);
  assert.is(code, 1);
});

test('S12 draining ends when its time is up', async () => {
  const { lines, code } = await run(['hanging', '50'], (line, child) => {
    if (line === 'ready') child.kill('SIGTERM');
  });
  assert.equal(lines, ['ready', 'first', 'second begins']);
  assert.is(code, 1);
});

test.run();

import { spawn } from 'node:child_process';

const running = new Set();

// Test files run in groups of their own, out of reach of the terminal's Ctrl-C.
process.once('exit', () => running.forEach(killGroup));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** Ends a test's process and whatever it started. */
function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/**
 * Runs one built test file in a process of its own.
 * @param {string} file
 * @param {{ timeoutMs: number, cwd: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ code: number | null, timedOut: boolean, output: string }>}
 */
export function runFile(file, { timeoutMs, cwd, env }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--enable-source-maps', file], {
      cwd,
      detached: true,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let timedOut = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child);
    }, timeoutMs);
    running.add(child);
    child.on('exit', () => {
      clearTimeout(timer);
      killGroup(child);
    });
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code, timedOut, output });
    });
  });
}

import { spawn } from 'node:child_process';

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
    const stop = () => killGroup(child);
    process.once('exit', stop);
    child.on('exit', () => {
      clearTimeout(timer);
      killGroup(child);
    });
    child.on('close', (code) => {
      process.off('exit', stop);
      resolve({ code, timedOut, output });
    });
  });
}

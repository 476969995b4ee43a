import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const START_MS = 60_000;

/** Packages that have programs of their own. */
export type ProgramPackage = '@sotto/sync-server' | '@sotto/auth-server' | '@sotto/notifier';

/** A server program in a process of its own, as its environment says. */
export class Program {
  /** Sockets that were passed on to it. */
  sockets = 0;
  /** Everything that it ever said on both streams, over restarts. */
  output = '';
  readonly #path: string;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #ended: Promise<number | null> = Promise.resolve(null);

  /**
   * @param file of the package's `dist`
   * @param port where it says whether it is ready; 0 for one that does not
   */
  constructor(
    from: ProgramPackage,
    file: string,
    env: Record<string, string>,
    readonly port = 0,
  ) {
    this.#path = fileURLToPath(new URL(file, import.meta.resolve(from)));
    this.#env = { ...env, ...(port > 0 && { HOST: '127.0.0.1', PORT: String(port) }) };
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    await this.begin();
    while (this.port > 0 && !(await this.isReady())) await pause(10);
  }

  /** Resolves when it runs and listens, ready or not. */
  async begin(): Promise<void> {
    const child = spawn(process.execPath, ['--enable-source-maps', this.#path], {
      env: { PATH: process.env.PATH, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise<void>((resolve, reject) => {
      let said = '';
      const fail = (why: string) => reject(new Error(`${this.#path} ${why}:\n${said}`));
      const late = setTimeout(() => fail('did not start in time'), START_MS);
      child.once('close', (code) => fail(`ended with ${code}`));
      const hear = (text: string) => {
        this.output += text;
        said += text;
        if (!said.includes('"msg":"ready"')) return;
        clearTimeout(late);
        resolve();
      };
      child.stdout.setEncoding('utf8').on('data', hear);
      child.stderr.setEncoding('utf8').on('data', hear);
    });
  }

  /** @returns its exit code */
  end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child?.kill(signal);
    return this.#ended;
  }

  async get(path: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  async isReady(): Promise<boolean> {
    return (await this.get('/readyz')).status === 200;
  }
}

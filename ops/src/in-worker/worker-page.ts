/// <reference lib="dom" />
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../browser/launch-chromium.js';

/** A page in a real Chromium, and a server of its own that gives it nothing but workers to run. */
export class WorkerPage {
  readonly #modules = new Map<string, string>();

  private constructor(
    private readonly server: Server,
    private readonly browser: Browser,
    private readonly page: Page,
  ) {}

  /** Starts browser and server. */
  static async open(): Promise<WorkerPage> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await launchChromium();
    const page = await browser.newPage();
    const opened = new WorkerPage(server, browser, page);
    server.on('request', ({ url = '/' }, answer) => {
      const code = opened.#modules.get(url);
      answer.setHeader('content-type', code === undefined ? 'text/html' : 'text/javascript');
      answer.end(code ?? '<!doctype html><title>workers</title>');
    });
    // A page of this machine counts as secure: WebCrypto is there.
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return opened;
  }

  /**
   * Runs a module in a worker of its own until it posts its last message.
   * @param code a module that calls `postMessage({ last })` in the end; what it posts before is given out as it comes
   * @returns `last`
   * @throws Error when it throws what it does not catch
   */
  async run<T>(code: string, heard: (message: unknown) => void = () => undefined): Promise<T> {
    const path = `/${this.#modules.size}.js`;
    this.#modules.set(path, code);
    const name = `heard${this.#modules.size}`;
    await this.page.exposeFunction(name, heard);
    return this.page.evaluate(runWorker<T>, [path, name] as const);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** Runs in the page. */
function runWorker<T>([path, heard]: readonly [string, string]): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(path, { type: 'module' });
    const tell = (globalThis as unknown as Record<string, (message: unknown) => Promise<void>>)[heard]!;
    worker.onmessage = async ({ data }: MessageEvent) => {
      if (typeof data !== 'object' || !('last' in data)) {
        await tell(data);
        return;
      }
      worker.terminate();
      resolve(data.last as T);
    };
    worker.onerror = (event) => reject(new Error(`worker: ${event.message ?? 'its module does not load'}`));
  });
}

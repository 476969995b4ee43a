import type { Express } from 'express';
import { Health } from '../health.js';
import type { HttpAppOptions } from '../http-app.js';
import { createHttpApp, finishHttpApp } from '../http-app.js';
import type { RunningServer } from '../http-server.js';
import { listen } from '../http-server.js';
import type { CapturedLog } from './captured-log.js';
import { capturedLog } from './captured-log.js';

export interface ServedApp {
  readonly health: Health;
  readonly log: CapturedLog;
  readonly running: RunningServer;
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** The request's own line, which is written once it is over. */
  requestLine(): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** A real server on a free port, with these routes. */
export async function serveApp(
  addRoutes: (app: Express) => void,
  options: Partial<HttpAppOptions> = {},
): Promise<ServedApp> {
  const log = capturedLog();
  const health = new Health({ timeoutMs: 100 });
  const app = createHttpApp({ logger: log.logger, health, ...options });
  addRoutes(app);
  finishHttpApp(app);
  const running = await listen(app, { port: 0, host: '127.0.0.1' });
  return {
    health,
    log,
    running,
    origin: `http://127.0.0.1:${running.port}`,
    async requestLine() {
      for (;;) {
        const line = log.lines().findLast(({ msg }) => msg === 'request');
        if (line) return line;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    close: () => running.close(100),
  };
}

export function postJson(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

import type { Express } from 'express';

/** Resolves when the thing works, rejects when it does not. */
export type HealthCheck = () => Promise<void>;

export interface Readiness {
  readonly ready: boolean;
  readonly draining: boolean;
  /** Names of the checks that fail. */
  readonly failing: readonly string[];
}

/** A check that takes longer counts as failing, milliseconds. */
const CHECK_TIMEOUT_MS = 2_000;

/** Whether this process can take work: its named checks, and whether it is going away. */
export class Health {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #timeoutMs: number;
  #draining = false;

  /** @param options `timeoutMs`: how long one check may take */
  constructor(options: { timeoutMs?: number } = {}) {
    this.#timeoutMs = options.timeoutMs ?? CHECK_TIMEOUT_MS;
  }

  add(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  /** From now on the process is alive but wants no new work. First step of a shutdown. */
  drain(): void {
    this.#draining = true;
  }

  async readiness(): Promise<Readiness> {
    const results = await Promise.all(
      [...this.#checks].map(async ([name, check]) => ((await this.#passes(check)) ? [] : [name])),
    );
    const failing = results.flat();
    return { ready: failing.length === 0 && !this.#draining, draining: this.#draining, failing };
  }

  async #passes(check: HealthCheck): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMs, false);
    });
    try {
      return await Promise.race([check().then(() => true), timeout]);
    } catch {
      // That it fails is the answer; what is wrong the failing part logs itself.
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** `GET /healthz`: 200 while the process runs. `GET /readyz`: 200 or 503, with the names of what fails. */
export function addHealthRoutes(app: Express, health: Health): void {
  app.get('/healthz', (_request, response) => {
    response.json({ alive: true });
  });
  app.get('/readyz', async (_request, response) => {
    const readiness = await health.readiness();
    response.status(readiness.ready ? 200 : 503).json(readiness);
  });
}

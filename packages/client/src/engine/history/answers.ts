import type { DocumentName, LogName } from '@sotto/protocol';

/** Who waits for what the server says of a log or document on this connection. */
export class Answers {
  readonly #waiting = new Map<LogName | DocumentName, Set<(came: boolean) => void>>();

  /** Resolves when it came; false when the connection ended first, or `ms` milliseconds. */
  next(name: LogName | DocumentName, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, waiting);
      const settle = (came: boolean) => {
        clearTimeout(timer);
        waiting.delete(settle);
        if (waiting.size === 0) this.#waiting.delete(name);
        resolve(came);
      };
      const timer = setTimeout(() => settle(false), ms);
      waiting.add(settle);
    });
  }

  isAwaited(name: LogName | DocumentName): boolean {
    return this.#waiting.has(name);
  }

  came(name: LogName | DocumentName): void {
    for (const settle of [...(this.#waiting.get(name) ?? [])]) settle(true);
  }

  /** Nothing more comes on this connection. */
  end(): void {
    for (const waiting of [...this.#waiting.values()]) for (const settle of [...waiting]) settle(false);
  }
}

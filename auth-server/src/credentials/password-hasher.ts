import { randomBytes } from 'node:crypto';
import { ProtocolError } from '@sotto/protocol';
import * as argon2 from 'argon2';

/** Argon2id as OWASP has it; what comes in is 32 bytes that Argon2id made in the browser already. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export interface HasherLimits {
  /** Computations at once; each holds 19 MiB and a thread. */
  readonly concurrency: number;
  /** How many more may wait before the server says that it is busy. */
  readonly waiting: number;
}

/** Hashes and verifies authentication keys, a few at a time. */
export class PasswordHasher {
  readonly #limits: HasherLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #runs = 0;
  readonly #dummy: Promise<string>;

  constructor(limits: HasherLimits = { concurrency: 2, waiting: 64 }) {
    this.#limits = limits;
    this.#dummy = argon2.hash(randomBytes(32), COST);
    // Reported where it is awaited.
    this.#dummy.catch(() => undefined);
  }

  /** How many computations were begun for requests. */
  get runs(): number {
    return this.#runs;
  }

  /** @returns the hash in PHC string format @throws ProtocolError `service/unavailable` when too many wait */
  hash(authKey: Uint8Array): Promise<string> {
    return this.#limited(() => argon2.hash(Buffer.from(authKey), COST));
  }

  /**
   * Verifies against a hash, or against nobody's hash at the same cost.
   * @returns false for an undefined hash
   * @throws ProtocolError `service/unavailable` when too many wait
   */
  async verify(hash: string | undefined, authKey: Uint8Array): Promise<boolean> {
    const against = hash ?? (await this.#dummy);
    const matches = await this.#limited(() => argon2.verify(against, Buffer.from(authKey)));
    return matches && hash !== undefined;
  }

  async #limited<T>(compute: () => Promise<T>): Promise<T> {
    await this.#enter();
    this.#runs += 1;
    try {
      return await compute();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#limits.concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#limits.waiting)
      throw new ProtocolError('service/unavailable', { detail: 'busy', retryAfterMs: 2_000 });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

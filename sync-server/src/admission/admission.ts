/** Milliseconds, but for counts. */
export interface AdmissionBounds {
  /** Hellos that are being checked at once. */
  readonly hellosAtOnce: number;
  /** Sockets that wait to be let in: whoever comes beyond them is told to come back. */
  readonly hellosWaiting: number;
  /** Nobody waits longer to be let in. */
  readonly admissionMs: number;
  /** Reads that devices which compare everything are let in for, together. */
  readonly comparedAtOnce: number;
  /** From the welcome to the first of those reads, for which their place is kept. */
  readonly comparingMs: number;
}

/** Whoever gets this comes back after so many milliseconds. */
export class ComeBack extends Error {
  override readonly name = 'ComeBack';

  constructor(readonly returnMs: number) {
    super('too many at once');
  }
}

interface Waiting {
  readonly weight: number;
  readonly since: number;
  readonly admit: () => void;
  readonly refuse: (error: ComeBack) => void;
}

/** Soonest and latest return, milliseconds. */
const SOONEST_MS = 2_000;
const LATEST_MS = 120_000;
const SWEEP_MS = 500;

/**
 * Lets in as much at once as fits; the rest waits in order, so many and so long, and is told otherwise to come back, each at
 * another time, as far apart as this server has been able to let them in.
 */
export class Gate {
  readonly #capacity: number;
  readonly #bounds: Pick<AdmissionBounds, 'hellosWaiting' | 'admissionMs'>;
  readonly #now: () => number;
  readonly #waiting = new Set<Waiting>();
  #used = 0;
  #sweeping: NodeJS.Timeout | undefined;
  /** When the next one that is sent away may come back. */
  #nextReturn = 0;
  /** Time between two that are let in, smoothed. */
  #paceMs = 1;
  #letInAt = 0;

  constructor(
    capacity: number,
    bounds: Pick<AdmissionBounds, 'hellosWaiting' | 'admissionMs'>,
    now: () => number,
  ) {
    this.#capacity = capacity;
    this.#bounds = bounds;
    this.#now = now;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get used(): number {
    return this.#used;
  }

  /**
   * @param weight what it takes of the capacity; one that takes more than there is comes in alone
   * @returns what gives it back, once
   * @throws ComeBack
   */
  async enter(weight = 1): Promise<() => void> {
    if (this.#waiting.size === 0 && this.#fits(weight)) this.#take(weight);
    else await this.#wait(weight);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#used -= weight;
      this.#admit();
    };
  }

  #wait(weight: number): Promise<void> {
    if (this.#waiting.size >= this.#bounds.hellosWaiting) return Promise.reject(this.#comeBack());
    this.#sweeping ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
    return new Promise((resolve, reject) => {
      this.#waiting.add({ weight, since: this.#now(), admit: resolve, refuse: reject });
    });
  }

  #fits(weight: number): boolean {
    return this.#used === 0 || this.#used + weight <= this.#capacity;
  }

  #take(weight: number): void {
    this.#used += weight;
    const now = this.#now();
    this.#paceMs += (Math.min(1_000, now - this.#letInAt) - this.#paceMs) / 16;
    this.#letInAt = now;
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (!this.#fits(waiting.weight)) return;
      this.#waiting.delete(waiting);
      this.#take(waiting.weight);
      waiting.admit();
    }
    clearInterval(this.#sweeping);
    this.#sweeping = undefined;
  }

  #sweep(): void {
    const { admissionMs } = this.#bounds;
    for (const waiting of this.#waiting) {
      if (this.#now() - waiting.since < admissionMs) return;
      this.#waiting.delete(waiting);
      waiting.refuse(this.#comeBack());
    }
  }

  #comeBack(): ComeBack {
    const soonest = this.#now() + SOONEST_MS;
    this.#nextReturn = Math.max(soonest, this.#nextReturn + this.#paceMs);
    const wait = Math.min(LATEST_MS, this.#nextReturn - this.#now());
    return new ComeBack(Math.round(wait * (0.75 + Math.random() / 2)));
  }
}

/** Who is let in, of those that come at once (SPEC C8). */
export class Admission {
  /** Their token, session, lease and conversations are looked up. */
  readonly hellos: Gate;
  /** They are about to compare every log; in reads. */
  readonly comparisons: Gate;
  readonly #bounds: AdmissionBounds;

  constructor(bounds: AdmissionBounds, now: () => number) {
    this.#bounds = bounds;
    this.hellos = new Gate(bounds.hellosAtOnce, bounds, now);
    this.comparisons = new Gate(bounds.comparedAtOnce, bounds, now);
  }

  /**
   * Keeps the place of a device that compares everything until it has begun and is through with the first of it.
   * @param idle resolves when nothing that it asked for is left
   */
  release(leave: () => void, idle: () => Promise<void>): void {
    setTimeout(() => void idle().finally(leave), this.#bounds.comparingMs).unref();
  }
}

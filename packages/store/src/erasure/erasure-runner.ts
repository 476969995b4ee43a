import type { Claim, ClaimStore } from '../claims/claim-store.js';
import { ClaimTakenError } from '../claims/claim-store.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import type { ErasureOrder, OpenOrder } from './orders.js';
import { ASKED, ERASURE_ORDERS, finishOrder, openOrder, openOrders, readSteps, writeStep } from './orders.js';

/** Something that is to be deleted. Doing it again must be free, and do what is left. */
export interface ErasurePart {
  readonly name: string;
  /** @returns how many of whatever it was were deleted; undefined where others still have to do something before it is done */
  run(id: string): Promise<number | undefined>;
  /** It ends what could write more; done once. Everything else is done again when nothing can write any more. */
  readonly once?: boolean;
  /** It takes away what other parts find their things by: done last of all. */
  readonly last?: boolean;
}

export type ErasurePlan = Readonly<Record<ErasureOrder['what'], readonly ErasurePart[]>>;

export interface ErasureRunnerOptions {
  /** Is told of a part that failed: it is done again later. */
  readonly failed: (part: string, error: unknown) => void;
  readonly now?: () => number;
  /**
   * How long after the first round everything is looked through again, milliseconds: longer than any request that was under way.
   */
  readonly settleMs?: number;
  /** How often orders are looked for that nobody is at, milliseconds. */
  readonly sweepMs?: number;
}

const SETTLE_MS = 60_000;
const SWEEP_MS = 30_000;
/** While one server does a part, others leave the order alone for this long, milliseconds. */
const LEASE_MS = 120_000;
/** Before something is looked at again that others have to do, milliseconds. */
const AGAIN_MS = 1_000;

/**
 * Carries out erasures that were ordered: at any server, after any crash from where it was left. A part that is done is a claim;
 * a part that was begun is begun again.
 */
export class ErasureRunner {
  readonly #claims: ClaimStore;
  readonly #plan: ErasurePlan;
  readonly #options: Required<ErasureRunnerOptions>;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #sweeping: NodeJS.Timeout | undefined;
  #unwatch: Unsubscribe = () => {};
  #closed = false;

  constructor(claims: ClaimStore, plan: ErasurePlan, options: ErasureRunnerOptions) {
    this.#claims = claims;
    this.#plan = plan;
    this.#options = { now: Date.now, settleMs: SETTLE_MS, sweepMs: SWEEP_MS, ...options };
  }

  /** Takes up what waits, then what is ordered. */
  start(): void {
    this.#unwatch = this.#claims.watch(
      ERASURE_ORDERS,
      ({ key }) => this.#takeUp(key.slice(ERASURE_ORDERS.length)),
      () => this.#sweep(),
    );
    this.#sweep();
    this.#sweeping = setInterval(() => this.#sweep(), this.#options.sweepMs);
    this.#sweeping.unref();
  }

  /** Begins nothing more; resolves when the parts under way have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch();
    clearInterval(this.#sweeping);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#underWay.values());
  }

  #sweep(): void {
    openOrders(this.#claims).then(
      (orders) => {
        for (const { name } of orders) this.#takeUp(name);
      },
      (error: unknown) => this.#options.failed('orders', error),
    );
  }

  #takeUp(name: string): void {
    if (this.#closed || this.#underWay.has(name)) return;
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
    const run = this.#leased(name)
      .catch((error: unknown) => this.#options.failed('order', error))
      .finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, run);
  }

  async #leased(name: string): Promise<void> {
    let lease: Claim;
    try {
      lease = await this.#claims.claim(`erasure-lease:${name}`, new Uint8Array(), {
        confirmWithinMs: LEASE_MS,
      });
    } catch (error) {
      // Another server is at it; the sweep looks again.
      if (error instanceof ClaimTakenError) return;
      throw error;
    }
    try {
      const order = await openOrder(this.#claims, name);
      const waitMs = order && (await this.#carryOut(order));
      if (waitMs !== undefined) this.#later(name, waitMs);
    } finally {
      await this.#claims.release(lease);
    }
  }

  #later(name: string, ms: number): void {
    if (this.#closed) return;
    const timer = setTimeout(() => this.#takeUp(name), ms);
    timer.unref();
    this.#timers.set(name, timer);
  }

  /** @returns how long to wait before it can go on; undefined when it is done */
  async #carryOut(order: OpenOrder): Promise<number | undefined> {
    const parts = this.#plan[order.what];
    const done = new Map((await readSteps(this.#claims, order.name)).map(({ part, at }) => [part, at]));
    const step = async (part: string, run: () => Promise<number | undefined>) => {
      if (this.#closed) return false;
      if (done.has(part)) return true;
      const count = await run();
      if (count === undefined) return false;
      await writeStep(this.#claims, order, part, count);
      done.set(part, this.#options.now());
      return true;
    };
    if (!(await step(ASKED, async () => 0))) return AGAIN_MS;
    const first = parts.filter(({ last }) => !last);
    for (const part of first) if (!(await step(part.name, () => part.run(order.id)))) return AGAIN_MS;
    const since = Math.max(...first.map(({ name }) => done.get(name)!));
    const left = since + this.#options.settleMs - this.#options.now();
    if (left > 0) return left;
    for (const part of first.filter(({ once }) => !once))
      if (!(await step(`${part.name}-again`, () => part.run(order.id)))) return AGAIN_MS;
    for (const part of parts.filter(({ last }) => last))
      if (!(await step(part.name, () => part.run(order.id)))) return AGAIN_MS;
    await finishOrder(this.#claims, order);
    return undefined;
  }
}

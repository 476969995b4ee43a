import { RateLimiter } from '@sotto/service';

/** So many requests of a subject at once; as many come back within so many milliseconds. */
export interface Limit {
  readonly count: number;
  readonly withinMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What each subject may ask for: a network address, a mail address, a login or an account. */
export const AUTH_LIMITS = {
  signUpFromNetwork: { count: 60, withinMs: HOUR_MS },
  signUpToAddress: { count: 5, withinMs: HOUR_MS },
  linkFromNetwork: { count: 240, withinMs: HOUR_MS },
  signInFromNetwork: { count: 120, withinMs: 5 * MINUTE_MS },
  signInAs: { count: 10, withinMs: 5 * MINUTE_MS },
  refreshFromNetwork: { count: 600, withinMs: 5 * MINUTE_MS },
  passwordAgain: { count: 20, withinMs: 5 * MINUTE_MS },
  resetFromNetwork: { count: 60, withinMs: HOUR_MS },
  resetOfAddress: { count: 5, withinMs: HOUR_MS },
  ticketsFromNetwork: { count: 60, withinMs: HOUR_MS },
  ticketUseFromNetwork: { count: 600, withinMs: 10 * MINUTE_MS },
  changeDevices: { count: 60, withinMs: HOUR_MS },
  lookUp: { count: 300, withinMs: 5 * MINUTE_MS },
  takeBundles: { count: 600, withinMs: HOUR_MS },
  takeBundlesOfDevice: { count: 20, withinMs: HOUR_MS },
  eraseConversations: { count: 60, withinMs: HOUR_MS },
  erasuresFromNetwork: { count: 300, withinMs: 5 * MINUTE_MS },
  documentTokens: { count: 300, withinMs: 5 * MINUTE_MS },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof AUTH_LIMITS;
export type AuthLimits = Readonly<Record<LimitName, Limit>>;

/** Subjects remembered of each limit. */
const REMEMBERED = 100_000;

/** Refuses who asks too often. */
export class Throttle {
  readonly #limiters: ReadonlyMap<LimitName, RateLimiter>;

  /** @param now a clock in milliseconds, other than the usual steady one */
  constructor(limits: AuthLimits, now?: () => number) {
    const limiter = ({ count, withinMs }: Limit) =>
      new RateLimiter({
        capacity: count,
        refillPerS: (count / withinMs) * 1_000,
        maxKeys: REMEMBERED,
        ...(now ? { now } : {}),
      });
    const names = Object.keys(limits) as LimitName[];
    this.#limiters = new Map(names.map((name) => [name, limiter(limits[name])]));
  }

  /**
   * Counts a request of this subject.
   * @throws ProtocolError `request/too-fast` when there were too many
   */
  pass(name: LimitName, subject = 'unknown'): void {
    this.#limiters.get(name)!.take(subject);
  }
}

import { quantile } from '../client/quantile.js';
import type { ServerName } from './servers/serve.js';
import type { FanOutA, FanOutB } from './workloads/fan-out.js';
import type { Idle } from './workloads/idle.js';
import type { Join } from './workloads/join.js';
import type { Replicas } from './workloads/replicas.js';
import type { Restart } from './workloads/restart.js';
import type { Returning } from './workloads/returning.js';

type PerServer<T> = { readonly [Name in ServerName]?: T };

/** Medians of all rounds; a server stands where it was measured. */
export interface SyncResult {
  readonly fanoutA: PerServer<FanOutA>;
  readonly fanoutB: PerServer<FanOutB>;
  readonly join: PerServer<Join>;
  readonly idle: PerServer<Idle>;
  /** Sums: something lost once is lost. */
  readonly restart: PerServer<Restart>;
  readonly replicas: PerServer<Replicas>;
  readonly returning: PerServer<Returning>;
}

/** Of every figure its median over the rounds. */
export function medians<T extends object>(rounds: readonly T[]): T {
  const names = Object.keys(rounds[0]!) as (keyof T)[];
  const entries = names.map((name) => [
    name,
    quantile(
      rounds.map((round) => Number(round[name])),
      0.5,
    ),
  ]);
  return Object.fromEntries(entries) as T;
}

/** Of every figure its sum over the rounds. */
export function sums(rounds: readonly Restart[]): Restart {
  const add = (pick: (round: Restart) => number) => rounds.reduce((sum, round) => sum + pick(round), 0);
  return { acked: add(({ acked }) => acked), lost: add(({ lost }) => lost) };
}

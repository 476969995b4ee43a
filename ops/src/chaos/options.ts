import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { NodeCommands } from './injuries.js';
import type { StoreChoice } from './servers/servers.js';

/** What a run is told by its command line and environment; README.md says what each means. */
export interface Options {
  readonly seed: number;
  readonly seconds: number;
  readonly rate: number;
  readonly patienceMs: number;
  readonly json: boolean;
  readonly replay: boolean;
  readonly keep: boolean;
  /** A folder with people who have met, in place of a beginning. */
  readonly from: string | undefined;
  /** Nothing but a beginning is made. */
  readonly begin: boolean;
  readonly stores: readonly StoreChoice[];
  readonly commands: NodeCommands | undefined;
}

const SEEDS = 1_000_000;

/** @throws TypeError for flags that there are not */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '30' },
      seed: { type: 'string' },
      rate: { type: 'string', default: '8' },
      patience: { type: 'string', default: '180' },
      store: { type: 'string' },
      disk: { type: 'string', default: 'tmpfs' },
      from: { type: 'string' },
      begin: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      replay: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  const {
    seed = Math.floor(Math.random() * SEEDS),
    seconds,
    rate,
    patience,
    store,
    disk,
    ...others
  } = values;
  const level: StoreChoice = { kind: 'level', disk: disk === 'limit' ? 'limit' : 'tmpfs' };
  const stores = [level, ...couchChoices(env)].filter(({ kind }) => store === undefined || kind === store);
  if (stores.length === 0) throw new TypeError(`no store of this kind: ${store}`);
  const { CHAOS_KILL_NODE: kill, CHAOS_START_NODE: start } = env;
  return {
    ...{
      seed: Number(seed),
      seconds: Number(seconds),
      rate: Number(rate),
      patienceMs: Number(patience) * 1_000,
    },
    ...others,
    from: values.from,
    ...{ stores, commands: kill && start ? { kill, start } : undefined },
  };
}

function couchChoices(env: NodeJS.ProcessEnv): StoreChoice[] {
  const urls = env.COUCHDB_CLUSTER_URLS ?? env.COUCHDB_URL;
  if (!urls) return [];
  const prefix = `sotto-chaos-${randomBytes(6).toString('hex')}`;
  return [{ kind: 'couch', urls: urls.split(',').map((url) => url.trim()), prefix, shards: 2 }];
}

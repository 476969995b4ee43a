import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSecrets } from '@sotto/service';
import { REMOVED_CHECKS } from '../../hostile/testing/removed-checks.js';
import { Link, Weather } from '../network/link.js';
import type { Place } from '../schedule/faults.js';
import { type Disk, limitedDisk, mountedDisk } from './disk.js';
import { Program } from './program.js';

const RETURN_MS = '200';
const programOf = (name: string) => fileURLToPath(new URL(name, import.meta.resolve('@sotto/sync-server')));
const WITHOUT_CHECKS = fileURLToPath(new URL('../../hostile/testing/without-checks.js', import.meta.url));
const isUp = (printed: string) => printed.includes('"msg":"ready"');

/** What the servers keep their data in. */
export type StoreChoice =
  | { readonly kind: 'level'; readonly disk: 'tmpfs' | 'limit' }
  /** Base URLs of the nodes, with credentials, and what every server needs to know of the databases. */
  | {
      readonly kind: 'couch';
      readonly urls: readonly string[];
      readonly prefix: string;
      readonly shards: number;
    };

/** Servers of a run, each a process of its own, with links between them and to everybody. */
export interface Servers {
  readonly store: StoreChoice;
  readonly programs: ReadonlyMap<Place, Program>;
  /** What happens to all clients that are at a replica. */
  readonly replicaWeather: readonly Weather[];
  /** Each server's links to the store: of the replicas, then of the auth server. */
  readonly storeWeather: readonly Weather[];
  /** Where clients' links lead: sync servers in turn, and the auth server. */
  readonly targets: {
    readonly sync: () => { address: { port: number; host: string }; weather: Weather }[];
    readonly auth: () => { address: { port: number; host: string } }[];
  };
  readonly disk: Disk | undefined;
  /** Of the store's own files and socket. */
  readonly paths: { readonly store: string; readonly socket: string };
  start(): Promise<void>;
  end(): Promise<void>;
  remove(): Promise<void>;
}

export interface ServerOptions {
  readonly folder: string;
  readonly replicas: number;
  readonly store: StoreChoice;
  /** Checks that replicas run without, as JSON: a control. */
  readonly removedChecks?: string;
  /** Told of servers that ended although nobody wanted them to. */
  readonly crashed?: (what: string) => void;
}

/** Prepares the servers of a run over what lies in `folder`. */
export async function makeServers({
  folder,
  replicas: count,
  store,
  removedChecks,
  crashed = () => {},
}: ServerOptions): Promise<Servers> {
  const logs = join(folder, 'logs');
  await mkdir(logs, { recursive: true });
  const secrets = await loadSecrets(folder);
  const { d: _, ...publicKey } = secrets.tokenKey;
  const programs = new Map<Place, Program>();
  const links: Link[] = [];
  const paths = { store: join(folder, 'disk', 'store'), socket: join(folder, 'store.sock') };
  const disk =
    store.kind === 'level'
      ? await openDisk(join(folder, 'disk'), store.disk, () => programs.get('store')?.pid)
      : undefined;
  if (store.kind === 'level')
    programs.set(
      'store',
      new Program({
        ...{ module: programOf('store-host.js'), log: join(logs, 'store.log'), isReady: isUp },
        crashed: (last) => crashed(`the store: ${last}`),
        env: { STORE_FOLDER: paths.store, STORE_SOCKET: paths.socket },
      }),
    );

  const storeWeather = Array.from({ length: count + 1 }, () => new Weather());
  /** How a server reaches the store: by links of its own. */
  async function storeEnv(server: number): Promise<Record<string, string>> {
    const weather = storeWeather[server]!;
    if (store.kind === 'level') {
      const where = join(folder, `store-${server}.sock`);
      links.push(await Link.open(() => [{ address: { path: paths.socket } }], { where, weather }));
      return { STORE_URL: `unix:${where}`, STORE_SOCKET: where };
    }
    const urls: string[] = [];
    for (const text of [
      ...store.urls.slice(server % store.urls.length),
      ...store.urls.slice(0, server % store.urls.length),
    ]) {
      const url = new URL(text);
      const address = { port: Number(url.port), host: url.hostname };
      const link = await Link.open(() => [{ address }], { weather });
      links.push(link);
      url.port = String(link.port);
      url.hostname = '127.0.0.1';
      urls.push(url.href);
    }
    const { prefix, shards } = store;
    return { COUCHDB_URL: urls.join(','), COUCHDB_PREFIX: prefix, COUCHDB_SHARDS: String(shards) };
  }

  const grantKey = Buffer.from(secrets.grantKey).toString('base64url');
  for (let replica = 0; replica < count; replica += 1) {
    const { STORE_SOCKET: _socket, ...where } = await storeEnv(replica);
    programs.set(
      `replica:${replica}`,
      new Program({
        ...{ module: programOf('main.js'), log: join(logs, `replica-${replica}.log`) },
        env: {
          ...where,
          ...{ SOTTO_TOKEN_PUBLIC_KEY: JSON.stringify(publicKey), SOTTO_GRANT_KEY: grantKey },
          ...{
            HOST: '127.0.0.1',
            PORT: '0',
            RETURN_MS,
            DRAIN_TIMEOUT_MS: '5000',
            LOG_LEVEL: 'info',
          },
          ...(removedChecks && { [REMOVED_CHECKS]: removedChecks }),
        },
        imports: removedChecks ? [WITHOUT_CHECKS] : [],
        isReady: isUp,
        crashed: (last) => crashed(`replica ${replica}: ${last}`),
      }),
    );
  }
  const { STORE_URL: _url, ...authStore } = await storeEnv(count);
  programs.set(
    'auth',
    new Program({
      module: fileURLToPath(new URL('./auth-process.js', import.meta.url)),
      ...{ log: join(logs, 'auth.log'), isReady: isUp },
      crashed: (last) => crashed(`the auth server: ${last}`),
      env: { ...authStore, SECRETS_FOLDER: folder, PORT: '0' },
    }),
  );

  const replicaWeather = Array.from({ length: count }, () => new Weather());
  let turn = 0;
  return {
    ...{ store, programs, replicaWeather, storeWeather, disk, paths },
    targets: {
      sync: () => {
        turn += 1;
        return replicaWeather.flatMap((__, index) => {
          const replica = (index + turn) % count;
          const weather = replicaWeather[replica]!;
          return addressOf(programs.get(`replica:${replica}`)!).map((address) => ({ address, weather }));
        });
      },
      auth: () => addressOf(programs.get('auth')!).map((address) => ({ address })),
    },
    async start() {
      await programs.get('store')?.start();
      await Promise.all([...programs.values()].map((program) => program.start()));
    },
    async end() {
      await Promise.all([...programs.values()].map((program) => program.end('SIGKILL')));
    },
    async remove() {
      await Promise.all([...programs.values()].map((program) => program.end('SIGKILL')));
      await Promise.all(links.map((link) => link.close()));
      await disk?.remove();
    },
  };
}

/** Where a server listens in this life of its: a port of its own choice, which nobody else can have taken meanwhile. */
function addressOf({ printed }: Program): { port: number; host: string }[] {
  const [, port] = /"port":(\d+)/.exec(printed) ?? [];
  return port === undefined ? [] : [{ port: Number(port), host: '127.0.0.1' }];
}

async function openDisk(
  folder: string,
  kind: 'tmpfs' | 'limit',
  pid: () => number | undefined,
): Promise<Disk> {
  const mounted = kind === 'tmpfs' ? await mountedDisk(folder) : undefined;
  if (mounted) return mounted;
  await mkdir(folder, { recursive: true });
  return limitedDisk(folder, pid);
}

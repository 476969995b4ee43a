/** How the servers prove who they are to CouchDB. */
export type CouchAuth =
  /** A session cookie, renewed before and when it runs out. */
  | { readonly kind: 'cookie'; readonly name: string; readonly password: string }
  /** A bearer token; asked for again when the server refuses it. */
  | { readonly kind: 'jwt'; readonly token: () => string | Promise<string> }
  /** For a database that asks nobody: tests only. */
  | { readonly kind: 'none' };

/** Where a cluster is. */
export interface CouchCluster {
  /** Base URLs of its nodes, without credentials. Any of them will do for any request. */
  readonly urls: readonly URL[];
  readonly auth: CouchAuth;
}

/** Where the stores are and how they are cut. */
export interface CouchSettings extends CouchCluster {
  /**
   * The cluster that decides claims, where it is another one: of several data centres one is the claims' home, since what is
   * unique is decided by one cluster's quorum.
   */
  readonly home?: CouchCluster;
  /** Names of all databases begin so: `[a-z][a-z0-9_-]*`. */
  readonly prefix: string;
  /** Databases that the log is cut into. Fixed when the databases are made. */
  readonly shards: number;
  /** Longest that one request may take, milliseconds. */
  readonly timeoutMs: number;
  /** How often a request of which nothing is known is made again before the store counts as unavailable. */
  readonly tries: number;
}

const DEFAULTS = { prefix: 'sotto', shards: 8, timeoutMs: 10_000, tries: 5 } as const;
const PREFIX = /^[a-z][a-z0-9_-]{0,63}$/;
const MOST_SHARDS = 1_024;

/**
 * Reads the settings of a CouchDB.
 * @param urls base URLs separated by commas; name and password of a session cookie in the first one that has them
 * @param options whatever differs from the defaults
 * @throws RangeError without quoting what it was given: it may hold a password
 */
export function couchSettings(urls: string, options: Partial<CouchSettings> = {}): CouchSettings {
  const settings = { ...DEFAULTS, ...couchCluster(urls), ...options };
  if (!PREFIX.test(settings.prefix)) throw new RangeError('CouchDB: forbidden characters in the prefix');
  if (!Number.isInteger(settings.shards) || settings.shards < 1 || settings.shards > MOST_SHARDS)
    throw new RangeError(`CouchDB: 1 to ${MOST_SHARDS} shards`);
  return settings;
}

/**
 * Reads where a cluster is.
 * @param urls as for {@link couchSettings}
 * @throws RangeError without quoting what it was given
 */
export function couchCluster(urls: string): CouchCluster {
  const parsed = urls
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(parseUrl);
  if (parsed.length === 0) throw new RangeError('CouchDB: no URL');
  return {
    auth: authOf(parsed),
    urls: parsed.map(
      ({ origin, pathname }) => new URL(pathname.endsWith('/') ? pathname : `${pathname}/`, origin),
    ),
  };
}

function parseUrl(text: string): URL {
  // The platform's own error quotes what it was given.
  if (!URL.canParse(text)) throw new RangeError('CouchDB: not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new RangeError('CouchDB: not http or https');
  return url;
}

function authOf(urls: readonly URL[]): CouchAuth {
  const named = urls.find(({ username }) => username !== '');
  if (!named) return { kind: 'none' };
  return {
    kind: 'cookie',
    name: decodeURIComponent(named.username),
    password: decodeURIComponent(named.password),
  };
}

/**
 * Settings by their names in the environment: `COUCHDB_URL` (base URLs separated by commas, name and password of a session
 * cookie in the first), `COUCHDB_TOKEN` (a bearer token instead), `COUCHDB_PREFIX`, `COUCHDB_SHARDS`; `COUCHDB_HOME_URL`, the
 * same of the cluster that decides claims, where that is another one.
 * @throws RangeError that names what is wrong, without quoting it
 */
export function couchSettingsFrom(env: Readonly<Record<string, string | undefined>>): CouchSettings {
  const urls = env.COUCHDB_URL;
  if (!urls) throw new RangeError('COUCHDB_URL is missing');
  const token = env.COUCHDB_TOKEN;
  const shards = env.COUCHDB_SHARDS;
  const prefix = env.COUCHDB_PREFIX;
  return couchSettings(urls, {
    ...(token ? { auth: { kind: 'jwt', token: () => token } as const } : {}),
    ...(env.COUCHDB_HOME_URL ? { home: couchCluster(env.COUCHDB_HOME_URL) } : {}),
    ...(prefix ? { prefix } : {}),
    ...(shards ? { shards: Number(shards) } : {}),
  });
}

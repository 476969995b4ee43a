/** Keeps cookies where no browser does, in memory. For one origin: it asks neither domain nor scheme. */
export interface CookieJar {
  /** The `Cookie` header for a path; undefined if there is nothing to send. */
  header(path: string): string | undefined;
  /** Takes the `Set-Cookie` headers of a response. */
  take(setCookies: readonly string[]): void;
  /** Every cookie as a `Set-Cookie` line. Secret. */
  save(): string[];
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
  /** Milliseconds since 1970; undefined lives as long as the jar. */
  readonly expires: number | undefined;
}

/**
 * A jar that follows RFC 6265 as far as one origin needs it: name, value, path and expiry.
 * @param saved what {@link CookieJar.save} gave
 */
export function createCookieJar(
  saved: readonly string[] = [],
  now: () => number = () => Date.now(),
): CookieJar {
  const cookies = new Map<string, Cookie>();
  const live = () => [...cookies.values()].filter(({ expires }) => expires === undefined || expires > now());
  const jar: CookieJar = {
    header(path) {
      const sent = live().filter((cookie) => matches(path, cookie.path));
      return sent.length > 0 ? sent.map(({ name, value }) => `${name}=${value}`).join('; ') : undefined;
    },
    take(setCookies) {
      for (const line of setCookies) {
        const cookie = parse(line, now());
        if (cookie) cookies.set(`${cookie.name} ${cookie.path}`, cookie);
      }
    },
    save: () =>
      live().map(({ name, value, path, expires }) => {
        const until = expires === undefined ? '' : `; Expires=${new Date(expires).toUTCString()}`;
        return `${name}=${value}; Path=${path}${until}`;
      }),
  };
  jar.take(saved);
  return jar;
}

/** RFC 6265 section 5.1.4. */
function matches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`);
}

function parse(line: string, now: number): Cookie | undefined {
  const [pair, ...attributes] = line.split(';').map((part) => part.trim());
  const cut = pair!.indexOf('=');
  if (cut < 1) return undefined;
  let path = '/';
  let expires: number | undefined;
  let lasts: number | undefined;
  for (const attribute of attributes) {
    const [key, value = ''] = attribute.split('=', 2) as [string, string?];
    switch (key.toLowerCase()) {
      case 'path':
        if (value.startsWith('/')) path = value;
        break;
      case 'max-age':
        if (/^-?\d+$/.test(value)) lasts = now + Number(value) * 1000;
        break;
      case 'expires':
        expires = Number.isNaN(Date.parse(value)) ? undefined : Date.parse(value);
        break;
    }
  }
  return { name: pair!.slice(0, cut), value: pair!.slice(cut + 1), path, expires: lasts ?? expires };
}

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StartError } from './start-error.js';

export interface StartOptions {
  /** 0 for any free one. */
  readonly port: number;
  readonly host: string;
  /** Absolute path of the folder that holds all state. */
  readonly data: string;
  /** Files with a certificate and its key, PEM. */
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  /** Scheme, host and port under which people reach it, when it isn't what host and port say. */
  readonly origin: string | undefined;
}

const see = 'See npm start -- --help.';

function readFlags(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const options = { port: text, host: text, data: text, cert: text, key: text, origin: text };
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message.split('.')[0] : error}. ${see}`);
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new StartError(`--port ${text} is no port. ${see}`);
  return port;
}

function readOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    !['/', ''].includes(url.pathname) ||
    url.search ||
    url.hash
  ) {
    throw new StartError(`--origin ${text} is no address such as https://chat.example.org. ${see}`);
  }
  return url.origin;
}

/**
 * Reads the command line.
 * @param cwd what relative paths are relative to
 * @throws StartError
 */
export function readOptions(args: readonly string[], cwd: string): StartOptions {
  const { values, positionals } = readFlags(args);
  if (positionals.length > 0) {
    // npm keeps flags for itself unless told where its own end.
    throw new StartError(
      `Unexpected '${positionals[0]}'; flags go after two dashes: npm start -- --port 9000.`,
    );
  }
  const { port = '8080', host = '127.0.0.1', data = '.sotto', cert, key, origin } = values;
  if ((cert === undefined) !== (key === undefined)) {
    throw new StartError(`--cert and --key go together. ${see}`);
  }
  if (host === '') throw new StartError(`--host needs an address. ${see}`);
  return {
    port: readPort(port),
    host,
    data: resolve(cwd, data),
    certificate:
      cert !== undefined && key !== undefined
        ? { cert: resolve(cwd, cert), key: resolve(cwd, key) }
        : undefined,
    origin: origin === undefined ? undefined : readOrigin(origin),
  };
}

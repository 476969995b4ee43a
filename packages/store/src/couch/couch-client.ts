import type { IncomingMessage } from 'node:http';
import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProtocolError } from '@sotto/protocol';
import type { Exchange } from './credentials.js';
import { Credentials } from './credentials.js';
import type { CouchSettings } from './settings.js';

export interface CouchAnswer {
  readonly status: number;
  /** JSON of the body, not yet checked. */
  readonly body: unknown;
}

export interface CouchRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Relative to the base URL, query included. */
  readonly path: string;
  readonly body?: unknown;
  /** Never made twice: the caller must know what an attempt of which nothing is known may have done. */
  readonly once?: boolean;
  /** Statuses that the caller can make something of, besides the usual ones. */
  readonly telling?: ReadonlySet<number>;
}

/** What came back says nothing of what became of the request: it is made again, at another node. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** To one database: when its answers hang, the others have theirs. */
const SOCKETS = 24;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;
/** A feed says something at least so often, milliseconds. */
export const HEARTBEAT_MS = 5_000;
const RETRY_AFTER_MS = 1_000;

/** Answers that tell something about the request itself; every other one that is no success is the store being unavailable. */
const TELLING = new Set([404, 409, 412]);
/** Nothing about the request is wrong: another node, or the same one later, may do it. */
const PASSING = new Set([401, 408, 425, 429]);

interface Agents {
  readonly plain: http.Agent;
  readonly sealed: https.Agent;
}

/** One cluster's HTTP interface: keep-alive, sign-in, time limits, and another node where one fails. */
export class CouchClient {
  readonly #settings: CouchSettings;
  readonly #credentials: Credentials;
  readonly #agents = new Map<string, Agents>();
  /** The node that answered last; the next one is asked when it fails. */
  #node: number;

  /** @param first index of the node that is asked first */
  constructor(settings: CouchSettings, first = 0) {
    this.#settings = settings;
    this.#node = first % settings.urls.length;
    this.#credentials = new Credentials(settings.auth, async (name, password) => {
      const message = await this.#send(
        { method: 'POST', path: '_session', body: { name, password } },
        {},
        this.#limit(),
      );
      await readWhole(message);
      return exchangeOf(message);
    });
  }

  /**
   * Makes a request until there is an answer: a success, or 404, 409 or 412. Every request but those with `once` must be
   * such that making it twice does no harm.
   * @throws ProtocolError `sync/store-unavailable` when nothing may be assumed
   */
  async ask(request: CouchRequest): Promise<CouchAnswer> {
    let cause: unknown;
    const tries = request.once ? 1 : this.#settings.tries;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      if (attempt > 0) await pause(attempt);
      try {
        return await this.#attempt(request);
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        cause = error;
        this.#node = (this.#node + 1) % this.#settings.urls.length;
      }
    }
    throw unavailable('CouchDB does not answer', cause);
  }

  /**
   * Follows a request whose answer goes on for ever, line by line, until it ends, breaks off or falls silent.
   * @param onLines given the whole lines that came together, none for a sign of life; the next ones are read when it is done
   * @throws Error when it could not begin
   */
  async follow(
    path: string,
    onLines: (lines: string[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const separator = path.includes('?') ? '&' : '?';
    const request = { method: 'GET', path: `${path}${separator}heartbeat=${HEARTBEAT_MS}` } as const;
    const beginning = AbortSignal.timeout(this.#settings.timeoutMs);
    let message: IncomingMessage;
    try {
      message = await this.#begin(request, beginning, signal);
    } catch (error) {
      this.#node = (this.#node + 1) % this.#settings.urls.length;
      throw error;
    }
    if (message.statusCode !== 200) {
      message.destroy();
      throw new Error(`CouchDB refused a feed: ${message.statusCode}`);
    }
    message.socket.setTimeout(3 * HEARTBEAT_MS, () => message.destroy());
    const stop = () => message.destroy();
    signal.addEventListener('abort', stop, { once: true });
    try {
      let rest = '';
      for await (const text of message.setEncoding('utf8')) {
        const lines = (rest + text).split('\n');
        rest = lines.pop()!;
        // None of them where it only says that it is alive.
        await onLines(lines.filter((line) => line.trim() !== ''));
      }
    } finally {
      signal.removeEventListener('abort', stop);
      message.destroy();
    }
  }

  close(): void {
    for (const { plain, sealed } of this.#agents.values()) {
      plain.destroy();
      sealed.destroy();
    }
  }

  #limit(): AbortSignal {
    return AbortSignal.timeout(this.#settings.timeoutMs);
  }

  async #attempt(request: CouchRequest): Promise<CouchAnswer> {
    // A cookie that ran out is no failure of the request: nothing was done, so even what is asked once is asked again.
    for (let renewed = false; ; renewed = true) {
      const headers = this.#credentials.headers();
      const { message, text } = await this.#exchange(request, headers);
      const status = message.statusCode!;
      if (status === 401 && !renewed) {
        this.#credentials.refused(headers);
        continue;
      }
      this.#credentials.heard(exchangeOf(message));
      if (request.telling?.has(status)) return { status, body: parseJson(text) };
      if (status >= 500 || PASSING.has(status)) throw new NoAnswerError(`CouchDB: ${status}`);
      if (status >= 300 && !TELLING.has(status)) throw unavailable(`CouchDB refuses: ${status}`);
      return { status, body: parseJson(text) };
    }
  }

  async #exchange(
    request: CouchRequest,
    credentials: Promise<Record<string, string>>,
  ): Promise<{ message: IncomingMessage; text: string }> {
    try {
      const message = await this.#send(request, await credentials, this.#limit());
      return { message, text: await readWhole(message) };
    } catch (error) {
      throw new NoAnswerError('CouchDB: no answer', { cause: error });
    }
  }

  async #begin(request: CouchRequest, beginning: AbortSignal, signal: AbortSignal): Promise<IncomingMessage> {
    for (let renewed = false; ; renewed = true) {
      const headers = this.#credentials.headers();
      // The limit is for the headers alone: what follows them has no end.
      const controller = new AbortController();
      const stop = () => controller.abort();
      beginning.addEventListener('abort', stop, { once: true });
      signal.addEventListener('abort', stop, { once: true });
      try {
        const message = await this.#send(request, await headers, controller.signal);
        if (message.statusCode !== 401 || renewed) return message;
        message.destroy();
        this.#credentials.refused(headers);
      } finally {
        beginning.removeEventListener('abort', stop);
        signal.removeEventListener('abort', stop);
      }
    }
  }

  #agentsFor(path: string): Agents {
    const database = /^[^/?]*/.exec(path)![0];
    const known = this.#agents.get(database);
    if (known) return known;
    const options = { keepAlive: true, noDelay: true, maxSockets: SOCKETS };
    const agents = { plain: new http.Agent(options), sealed: new https.Agent(options) };
    this.#agents.set(database, agents);
    return agents;
  }

  #send(
    { method, path, body }: CouchRequest,
    credentials: Record<string, string>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const url = new URL(path, this.#settings.urls[this.#node]!);
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      accept: 'application/json',
      ...(payload && { 'content-type': 'application/json', 'content-length': payload.length }),
      ...credentials,
    };
    const { plain, sealed } = this.#agentsFor(path);
    return new Promise((resolve, reject) => {
      const options = { method, headers, signal };
      const outgoing =
        url.protocol === 'https:'
          ? https.request(url, { ...options, agent: sealed })
          : http.request(url, { ...options, agent: plain });
      outgoing.once('response', resolve).once('error', reject).end(payload);
    });
  }
}

/** @returns the error that says nothing may be assumed */
export function unavailable(detail: string, cause?: unknown): ProtocolError {
  return new ProtocolError('sync/store-unavailable', { detail, cause, retryAfterMs: RETRY_AFTER_MS });
}

/** Doubles with every attempt, and differs between those who failed together. */
export async function pause(attempt: number): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  await sleep(longest * (0.5 + Math.random() / 2));
}

function exchangeOf({ statusCode, headers }: IncomingMessage): Exchange {
  return { status: statusCode!, headers };
}

async function readWhole(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  // An answer that breaks off is told as complete by its end alone where it has no length.
  if (!message.complete) throw new Error('the answer broke off');
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NoAnswerError('CouchDB: no JSON', { cause: error });
  }
}

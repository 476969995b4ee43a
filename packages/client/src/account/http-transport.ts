import { fromProblem, ProtocolError, toJson } from '@sotto/protocol';
import * as v from 'valibot';
import type { CookieJar } from './cookie-jar.js';

/** Milliseconds until a request counts as lost. */
const TIMEOUT_MS = 20_000;

export interface HttpOptions {
  /** Where the service is, such as `https://sotto.example`. */
  readonly origin: string;
  readonly fetch?: typeof fetch;
  /** For Node, where nobody else keeps the refresh cookie. */
  readonly cookies?: CookieJar;
}

/** What an answer's body must be: of this shape, whatever bytes, or not read. */
type Expected = v.GenericSchema | 'bytes' | undefined;

export interface HttpRequest<S extends Expected = undefined> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Begins with `/api/` or `/sync/`; every part from outside is encoded. */
  readonly path: string;
  readonly body?: unknown;
  /** In place of a body in JSON. */
  readonly bytes?: Uint8Array;
  readonly accessToken?: string;
  /** What the answer's body must be; without it the body is not read. */
  readonly answer?: S;
  /** Gives it up. */
  readonly signal?: AbortSignal;
  /** Until it counts as lost, where it may take longer than others. Milliseconds. */
  readonly timeoutMs?: number;
}

export type Answer<S> = S extends v.GenericSchema
  ? v.InferOutput<S>
  : S extends 'bytes'
    ? Uint8Array
    : undefined;

/** Sends one request and reads its answer. */
export type HttpTransport = <const S extends Expected = undefined>(
  request: HttpRequest<S>,
) => Promise<Answer<S>>;

/**
 * JSON over HTTP as Sotto's servers speak it. Fails with ProtocolError: the server's code where it sent one, otherwise
 * `service/unavailable` (no network, time out, an answer of another shape).
 */
export function httpTransport(options: HttpOptions): HttpTransport {
  // Called as a plain function: a browser's fetch refuses any other `this`.
  const send = options.fetch ?? ((input, init) => fetch(input, init));
  return async (request) => {
    const response = await unlessLost(() =>
      send(options.origin + request.path, init(request, options.cookies)),
    );
    options.cookies?.take(response.headers.getSetCookie());
    if (!response.ok) throw await problemOf(response);
    return (await read(response, request.answer)) as never;
  };
}

function init(request: HttpRequest<Expected>, cookies: CookieJar | undefined): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  if (request.accessToken !== undefined) headers.authorization = `Bearer ${request.accessToken}`;
  const { bytes, signal } = request;
  if (bytes) headers['content-type'] = 'application/octet-stream';
  const lost = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
  const cookie = cookies?.header(request.path);
  if (cookie !== undefined) headers.cookie = cookie;
  return {
    method: request.method,
    headers,
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal: signal ? AbortSignal.any([lost, signal]) : lost,
    ...(bytes && { body: bytes as BufferSource }),
    ...(request.body === undefined ? {} : { body: JSON.stringify(toJson(request.body)) }),
  };
}

async function read(response: Response, schema: Expected): Promise<unknown> {
  if (schema === 'bytes') return new Uint8Array(await unlessLost(() => response.arrayBuffer()));
  if (!schema) {
    await unlessLost(() => response.arrayBuffer());
    return undefined;
  }
  const body = await unlessLost(() => response.json());
  const result = v.safeParse(schema, body);
  if (!result.success) throw new ProtocolError('service/unavailable', { detail: 'answer of another shape' });
  return result.output;
}

/** A gateway's own error page is no problem document: then the service counts as unavailable. */
async function problemOf(response: Response): Promise<ProtocolError> {
  const body: unknown = await unlessLost(() => response.json()).catch(() => undefined);
  return fromProblem(body);
}

async function unlessLost<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw new ProtocolError('service/unavailable', { cause });
  }
}

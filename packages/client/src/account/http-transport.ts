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

export interface HttpRequest<S extends v.GenericSchema | undefined = undefined> {
  readonly method: 'GET' | 'POST';
  /** Begins with `/api/`; every part from outside is encoded. */
  readonly path: string;
  readonly body?: unknown;
  readonly accessToken?: string;
  /** What the answer's body must be; without it the body is not read. */
  readonly answer?: S;
}

type Answer<S> = S extends v.GenericSchema ? v.InferOutput<S> : undefined;

/** Sends one request and reads its answer. */
export type HttpTransport = <const S extends v.GenericSchema | undefined = undefined>(
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

function init(
  request: HttpRequest<v.GenericSchema | undefined>,
  cookies: CookieJar | undefined,
): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  if (request.accessToken !== undefined) headers.authorization = `Bearer ${request.accessToken}`;
  const cookie = cookies?.header(request.path);
  if (cookie !== undefined) headers.cookie = cookie;
  return {
    method: request.method,
    headers,
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(request.body === undefined ? {} : { body: JSON.stringify(toJson(request.body)) }),
  };
}

async function read(response: Response, schema: v.GenericSchema | undefined): Promise<unknown> {
  if (!schema) {
    await unlessLost(() => response.arrayBuffer());
    return undefined;
  }
  const body = await unlessLost(() => response.json());
  const result = v.safeParse(schema, body);
  if (!result.success) throw new ProtocolError('service/unavailable', { detail: 'answer of another shape' });
  return result.output;
}

/** What an answer that is no success says. A gateway's own error page is no problem document: then the service counts as unavailable. */
export async function problemOf(response: Response): Promise<ProtocolError> {
  const body: unknown = await unlessLost(() => response.json()).catch(() => undefined);
  return fromProblem(body);
}

/** @throws ProtocolError `service/unavailable` for whatever the network threw */
export async function unlessLost<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw new ProtocolError('service/unavailable', { cause });
  }
}

import { type Problem, problem, sessionResponse, toJson } from '@sotto/protocol';
import * as v from 'valibot';
import type { SessionAnswer } from '../sessions/session-answer.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed body. @throws v.ValiError when it has another shape */
  as<const S extends v.GenericSchema>(schema: S): v.InferOutput<S>;
  /** The error's code, when the body is a problem in the right type. */
  readonly code: string | undefined;
}

/** A browser as far as the server sees it: keeps the refresh cookie and sends the access token. */
export class TestClient {
  readonly #url: string;
  /** `name=value` */
  cookie: string | undefined;
  accessToken: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send('POST', path, body === undefined ? undefined : JSON.stringify(toJson(body)), headers);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#send('GET', path, undefined, headers);
  }

  /** Posts, and takes the session that comes back as its own. */
  async begin(path: string, body?: unknown): Promise<SessionAnswer> {
    const answer = await this.post(path, body);
    if (answer.status !== 200 && answer.status !== 201)
      throw new Error(`${path}: ${answer.status} ${answer.text}`);
    const session = answer.as(sessionResponse);
    this.accessToken = session.accessToken;
    return session;
  }

  async #send(
    method: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
        ...(this.accessToken === undefined ? {} : { authorization: `Bearer ${this.accessToken}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    this.#keepCookie(response.headers);
    return answerOf(response.status, response.headers, await response.text());
  }

  #keepCookie(headers: Headers): void {
    for (const line of headers.getSetCookie()) {
      const [pair] = line.split(';');
      this.cookie = pair?.endsWith('=') ? undefined : pair;
    }
  }
}

function answerOf(status: number, headers: Headers, text: string): Answer {
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  const found: Problem | undefined = isProblem ? v.parse(problem, JSON.parse(text)) : undefined;
  return {
    status,
    headers,
    text,
    as: (schema) => v.parse(schema, JSON.parse(text)),
    code: found?.code,
  };
}

import { ProtocolError, toJson } from '@sotto/protocol';
import type { Express, Request, Response } from 'express';
import type { GenericSchema, InferOutput } from 'valibot';
import { safeParse } from 'valibot';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What a route asks of a request before its handler sees it. */
export interface RouteOptions<Body, Params, Caller> {
  /** Shape of the JSON body; without it a body is not looked at. */
  readonly body?: Body;
  /** Shape of the path's parameters. */
  readonly params?: Params;
  /** Who asks; throws when it may not. Asked before the body is looked at. */
  readonly authenticate?: (request: Request) => Promise<Caller> | Caller;
  /** Status of a good answer: 200, or 204 when the handler answers nothing. */
  readonly status?: number;
}

type Parsed<Schema> = Schema extends GenericSchema ? InferOutput<Schema> : undefined;

export interface RouteContext<Body, Params, Caller> {
  readonly body: Parsed<Body>;
  readonly params: Parsed<Params>;
  readonly caller: Caller;
  readonly request: Request;
  /** For cookies and headers; the answer itself is what the handler returns. */
  readonly response: Response;
}

/**
 * Adds a route: authenticates, parses, awaits the handler, and answers with what it returns as JSON (bytes as base64url), unless the
 * handler sent an answer of another kind.
 * @throws ProtocolError (as an answer) `request/invalid` for a body or parameter of another shape
 * @example route(app, 'post', '/api/signup', { body: signUpRequest, status: 202 }, async ({ body }) => { ... })
 */
export function route<
  const Body extends GenericSchema | undefined = undefined,
  const Params extends GenericSchema | undefined = undefined,
  Caller = undefined,
>(
  app: Express,
  method: Method,
  path: string,
  options: RouteOptions<Body, Params, Caller>,
  handler: (context: RouteContext<Body, Params, Caller>) => Promise<unknown> | unknown,
): void {
  app[method](path, async (request: Request, response: Response) => {
    const caller = (await options.authenticate?.(request)) as Caller;
    const params = parse(options.params, request.params) as Parsed<Params>;
    const body = parse(options.body, request.body) as Parsed<Body>;
    const answer = await handler({ body, params, caller, request, response });
    // The handler has answered by itself.
    if (response.headersSent) return;
    if (answer === undefined) response.status(options.status ?? 204).end();
    else response.status(options.status ?? 200).json(toJson(answer));
  });
}

/** A body of another media type was not read, and is `undefined` here. */
function parse(schema: GenericSchema | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const result = safeParse(schema, value);
  if (!result.success) throw new ProtocolError('request/invalid');
  return result.output;
}

export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** What a server that means no good does with requests. Bodies are JSON as it travels: bytes are base64url. */
export interface HostileAnswers {
  /** Answers in place of the honest server; nothing to pass the request on. */
  forge?(request: HostileRequest): object | undefined;
  /** Changes an honest, successful answer; nothing to leave it. */
  change?(
    request: HostileRequest,
    answer: Record<string, unknown>,
  ): object | undefined | Promise<object | undefined>;
}

/** A `fetch` to a server that means no good. */
export function tamperingFetch({ forge, change }: HostileAnswers): typeof fetch {
  return async (input, init) => {
    const request: HostileRequest = {
      method: init?.method ?? 'GET',
      path: new URL(String(input)).pathname,
      body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    const forged = forge?.(request);
    if (forged) return Response.json(forged);
    const response = await fetch(input, init);
    if (!change || !response.ok || !response.headers.get('content-type')?.includes('json')) return response;
    const honest = (await response.json()) as Record<string, unknown>;
    const { status, headers } = response;
    return new Response(JSON.stringify((await change(request, honest)) ?? honest), { status, headers });
  };
}

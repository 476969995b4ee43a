import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request. */
export type Fault =
  /** This status instead of an answer; the request never came through, or its answer was lost. */
  | { readonly kind: 'status'; readonly status: number; readonly done: boolean }
  /** The connection is cut: before the request came through, or after it was done. */
  | { readonly kind: 'cut'; readonly done: boolean }
  /** Half an answer, then the connection is cut. */
  | { readonly kind: 'half' }
  /** No answer, ever; the request was done, or never came through. */
  | { readonly kind: 'silence'; readonly done?: boolean }
  /** A body that is no JSON; the request was done. */
  | { readonly kind: 'garbage' }
  /** What was written is said to be on fewer copies than a quorum. */
  | { readonly kind: 'accepted' }
  /** The answer comes so much later, milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number };

export interface ProxiedRequest {
  readonly method: string;
  /** Query included. */
  readonly path: string;
  readonly body: string;
}

export interface FaultProxy {
  /** Where clients ask instead, with the target's credentials. */
  readonly url: string;
  /** Decides what goes wrong with each request; undefined lets it pass. */
  plan: (request: ProxiedRequest) => Fault | undefined;
  /** How many requests each kind of fault met. */
  readonly faults: ReadonlyMap<Fault['kind'], number>;
  readonly requests: readonly ProxiedRequest[];
  /** Cuts every connection there is now. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** Stands between the store and its database over HTTP, and lets go wrong what the test plans. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const base = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const faults = new Map<Fault['kind'], number>();
  const requests: ProxiedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    try {
      // To its end, as a server that refuses it would.
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks);
    const asked = { method: incoming.method!, path: incoming.url!, body: body.toString() };
    requests.push(asked);
    const fault = proxy.plan(asked);
    if (fault) faults.set(fault.kind, (faults.get(fault.kind) ?? 0) + 1);
    pass(base, agent, { incoming, body }, outgoing, fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const own = new URL(target);
  own.host = `127.0.0.1:${port}`;
  const proxy: FaultProxy = {
    url: own.href,
    plan: () => undefined,
    faults,
    requests,
    cutAll: () => server.closeAllConnections(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
  return proxy;
}

function pass(
  base: URL,
  agent: Agent,
  { incoming, body }: { incoming: IncomingMessage; body: Buffer },
  outgoing: ServerResponse,
  fault: Fault | undefined,
): void {
  if (fault && 'done' in fault && fault.done === false) {
    refuse(outgoing, fault);
    return;
  }
  const { hostname, port } = base;
  const { method, url: path, headers } = incoming;
  const onward = forward({ hostname, port, method, path, headers, agent }, (answer) =>
    deliver(answer, outgoing, fault),
  );
  onward.once('error', () => outgoing.destroy());
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) onward.destroy();
  });
  onward.end(body);
}

function refuse(outgoing: ServerResponse, fault: Fault): void {
  if (fault.kind === 'silence') return;
  if (fault.kind !== 'status') {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(fault.status, { 'content-type': 'application/json' });
  outgoing.end('{"error":"planned","reason":"planned"}');
}

function deliver(answer: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): void {
  if (!fault) {
    outgoing.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(outgoing);
    return;
  }
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.once('end', () => spoil(answer, Buffer.concat(chunks), outgoing, fault));
}

function spoil(answer: IncomingMessage, body: Buffer, outgoing: ServerResponse, fault: Fault): void {
  const { 'transfer-encoding': _, ...headers } = answer.headers;
  const whole = { ...headers, 'content-length': String(body.length) };
  switch (fault.kind) {
    case 'status':
    case 'cut':
      refuse(outgoing, fault);
      return;
    case 'silence':
      return;
    case 'garbage':
      outgoing.writeHead(answer.statusCode!, { 'content-type': 'application/json' });
      outgoing.end('{"half":');
      return;
    case 'half':
      outgoing.writeHead(answer.statusCode!, whole);
      outgoing.write(body.subarray(0, Math.max(1, body.length >> 1)), () => outgoing.destroy());
      return;
    case 'accepted':
      accept(body, outgoing);
      return;
    case 'slow':
      setTimeout(() => outgoing.writeHead(answer.statusCode!, whole).end(body), fault.ms);
  }
}

function accept(body: Buffer, outgoing: ServerResponse): void {
  const answer: unknown = JSON.parse(body.toString());
  const accepted = Array.isArray(answer)
    ? answer.map((result: { ok?: boolean }) => (result.ok ? { ...result, accepted: true } : result))
    : answer;
  outgoing.writeHead(202, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(accepted));
}

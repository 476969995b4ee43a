import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** One answer that went over the network. */
export interface Transfer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Content-Encoding; empty when it came as it is. */
  readonly encoding: string;
  /** Of the body, as transferred. */
  readonly bytes: number;
}

/** Stands between a browser and a server as an HTTP proxy: nothing the browser fetches gets round it, whoever in it asked. */
export interface CountingProxy {
  readonly server: string;
  /** In order of their ends. */
  readonly transfers: readonly Transfer[];
  close(): Promise<void>;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, transfers: Transfer[]): void {
  const url = new URL(incoming.url!);
  const { method, headers } = incoming;
  // A connection of its own each: the server may be closing one that could be used again.
  const asked = request(url, { method: method!, headers, agent: false }, (answer) => {
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    answer.on('end', () => {
      const encoding = String(answer.headers['content-encoding'] ?? '');
      const { pathname: path } = url;
      transfers.push({ method: method!, path, status: answer.statusCode!, encoding, bytes });
    });
    outgoing.writeHead(answer.statusCode!, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  asked.on('error', () => outgoing.destroy());
  incoming.pipe(asked);
}

/** WebSockets pass through a tunnel and are not counted. */
function tunnel(incoming: IncomingMessage, socket: Duplex): void {
  const [host, port] = incoming.url!.split(':');
  const through = connect(Number(port), host!, () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    through.pipe(socket).pipe(through);
  });
  through.on('error', () => socket.destroy());
  socket.on('error', () => through.destroy());
}

/** Starts a proxy on a free port of this machine. */
export async function startCountingProxy(): Promise<CountingProxy> {
  const transfers: Transfer[] = [];
  const server: Server = createServer((incoming, outgoing) => forward(incoming, outgoing, transfers));
  server.on('connect', tunnel);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    transfers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

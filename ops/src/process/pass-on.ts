import { request as ask, type IncomingMessage, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** A server behind a gateway. */
export interface Behind {
  readonly port: number;
  /** Sockets that were passed on to it. */
  sockets: number;
}

/** Passes requests on to a port of this machine, as a gateway does. */
export function passRequests(port: number): RequestListener {
  return (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = ask({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };
}

/** Passes a WebSocket on to the first of these that takes it. */
export function passSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  [first, ...others]: readonly Behind[],
): void {
  if (!first) {
    socket.destroy();
    return;
  }
  const far = connect(first.port, '127.0.0.1');
  far.once('error', () => {
    if (far.bytesWritten === 0) passSocket(request, socket, head, others);
    else socket.destroy();
  });
  far.once('connect', () => {
    first.sockets += 1;
    const headers = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
    );
    far.write(`GET ${request.url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    far.write(head);
    far.pipe(socket).pipe(far);
  });
  far.once('close', () => socket.destroy());
  socket.once('error', () => far.destroy());
  socket.once('close', () => far.destroy());
}

/** Each of these first in turn, so that sockets spread. */
export function inTurn<T>(all: readonly T[]): () => readonly T[] {
  let turn = 0;
  return () => {
    turn += 1;
    const from = turn % all.length;
    return [...all.slice(from), ...all.slice(0, from)];
  };
}

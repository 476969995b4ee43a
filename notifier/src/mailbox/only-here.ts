import type { IncomingMessage } from 'node:http';

const HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

function isLoopback(address: string | undefined): boolean {
  const plain = (address ?? '').replace(/^::ffff:/, '');
  return plain === '::1' || /^127(\.\d{1,3}){3}$/.test(plain);
}

/**
 * Whether a request comes from this machine and means this machine. Both are asked: another machine can write any Host
 * header, and a page elsewhere can make its own name point here. A proxy on this machine speaks for others, so what
 * it says to forward counts as theirs. One that says nothing can't be told from this machine: whoever has a proxy in front
 * must not mount the mailbox.
 */
export function isFromHere(request: IncomingMessage): boolean {
  const { headers, socket } = request;
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) return false;
  return HOST.test(headers.host ?? '') && isLoopback(socket.remoteAddress);
}

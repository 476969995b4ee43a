import { isIPv6 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

const everywhere = ['0.0.0.0', '::'];

/** Whether only this machine reaches a host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether an origin that people use names this machine to itself. */
export function isLocalOrigin(origin: string): boolean {
  return isLoopback(new URL(origin).hostname.replace(/^\[|\]$/g, ''));
}

/** Addresses of this machine in its networks. */
export function networkAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address);
}

/** Whether `http://localhost` reaches what listens on `host`. */
export function hearsLocalhost(host: string): boolean {
  return isLoopback(host) || everywhere.includes(host);
}

/** Names and addresses that a certificate for `host` must hold. */
export function namesFor(host: string): string[] {
  const reached = everywhere.includes(host) ? [hostname(), ...networkAddresses()] : [host];
  return [...new Set(['localhost', '127.0.0.1', '::1', ...reached])];
}

/** The one name under which others reach `host`. */
export function publicName(host: string): string {
  if (isLoopback(host)) return 'localhost';
  if (!everywhere.includes(host)) return host;
  return networkAddresses().find((address) => !isIPv6(address)) ?? hostname();
}

/** Scheme, name and port as a browser writes them. */
export function originOf(host: string, port: number, tls: boolean): string {
  const name = publicName(host);
  return new URL(`${tls ? 'https' : 'http'}://${isIPv6(name) ? `[${name}]` : name}:${port}`).origin;
}

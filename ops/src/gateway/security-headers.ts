import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Headers of every answer that holds the web app.
 * @param appFolder folder of the web app, which says itself what its pages may load (`csp.json`)
 * @param hsts browsers shall never again ask without TLS
 */
export function securityHeaders(appFolder: string, hsts: boolean): Readonly<Record<string, string>> {
  const policy: unknown = JSON.parse(readFileSync(join(appFolder, 'csp.json'), 'utf8'));
  const { contentSecurityPolicy } = policy as { contentSecurityPolicy: string };
  return {
    'Content-Security-Policy': contentSecurityPolicy,
    'X-Content-Type-Options': 'nosniff',
    // Links of mails carry secrets: they are told to nobody.
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(self), microphone=(), geolocation=(), payment=(), usb=()',
    ...(hsts ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  };
}

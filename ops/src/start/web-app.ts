import { existsSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { securityHeaders } from '../gateway/security-headers.js';
import { staticApp } from '../gateway/static-app.js';
import { StartError } from './start-error.js';

const folder = fileURLToPath(new URL('../../../pwa', import.meta.url));

/**
 * The built web app.
 * @param hsts browsers shall never again ask without TLS
 * @throws StartError when it was not built
 */
export function openWebApp(hsts: boolean): RequestListener {
  const site = join(folder, 'dist/site');
  if (!existsSync(join(site, 'index.html'))) {
    throw new StartError('The web app is not built; npm run build does that.');
  }
  return staticApp(site, securityHeaders(folder, hsts));
}

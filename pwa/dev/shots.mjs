// Takes pictures of the gallery: `npm run shots -w pwa [-- name…]`. They land in dist/shots.
import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { SHOTS } from './shot-list.mjs';

const only = process.argv.slice(2);
const out = new URL('../dist/shots/', import.meta.url).pathname;
await mkdir(out, { recursive: true });
const server = await createServer({
  root: new URL('..', import.meta.url).pathname,
  server: { port: 5199, hmr: false },
  logLevel: 'error',
});
await server.listen();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const shot of SHOTS) {
  if (only.length > 0 && !only.some((name) => shot.name.includes(name))) continue;
  const { width, height = width < 600 ? 780 : 900, query, act } = shot;
  const context = await browser.newContext({
    viewport: { width, height },
    hasTouch: width < 600,
    ...shot.context,
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => process.stderr.write(`${shot.name}: ${error.message}\n`));
  page.on(
    'console',
    (message) => message.type() === 'error' && process.stderr.write(`${shot.name}: ${message.text()}\n`),
  );
  await page.goto(`http://localhost:5199/dev/gallery.html?${query}`);
  await page.waitForTimeout(500);
  await act?.(page);
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${out}${shot.name}.png` });
  await context.close();
}
await browser.close();
await server.close();

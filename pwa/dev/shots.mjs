// Takes pictures of the gallery: `npm run shots -w pwa [-- name…]`. They land in dist/shots.
import { mkdir } from 'node:fs/promises';
import { openGallery } from './browser.mjs';
import { SHOTS } from './shot-list.mjs';

const only = process.argv.slice(2);
const out = new URL('../dist/shots/', import.meta.url).pathname;
await mkdir(out, { recursive: true });
const gallery = await openGallery();
for (const { name, width, height = width < 600 ? 780 : 900, query, act, context } of SHOTS) {
  if (only.length > 0 && !only.some((part) => name.includes(part))) continue;
  const page = await gallery.open(query, { viewport: { width, height }, hasTouch: width < 600, ...context });
  await act?.(page);
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${out}${name}.png` });
  for (const problem of page.problems) process.stderr.write(`${name}: ${problem}\n`);
  await page.context().close();
}
await gallery.close();

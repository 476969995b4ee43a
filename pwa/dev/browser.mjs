// A Chromium on the gallery, for its tests and pictures.
import { chromium } from 'playwright-core';
import { createServer } from 'vite';

const root = new URL('..', import.meta.url).pathname;

/** @returns {Promise<{ open: (query: string, context?: object) => Promise<import('playwright-core').Page>, close: () => Promise<void> }>} */
export async function openGallery() {
  const server = await createServer({ root, server: { port: 0, hmr: false }, logLevel: 'error' });
  await server.listen();
  const { port } = server.httpServer.address();
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  return {
    async open(query, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      const page = await context.newPage();
      page.problems = [];
      page.on('pageerror', (error) => page.problems.push(error.message));
      page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
      await page.goto(`http://localhost:${port}/dev/gallery.html?${query}`);
      await page.waitForTimeout(500);
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

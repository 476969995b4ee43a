import { type Browser, chromium } from 'playwright-core';

/** Starts the Chromium that the test command found. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    // Containers have small shared memory, and their root cannot use the browser's own sandbox.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

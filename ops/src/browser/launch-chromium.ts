import { type Browser, type BrowserContext, chromium } from 'playwright-core';

const options = () => ({
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  // Containers have small shared memory, and their root cannot use the browser's own sandbox.
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});

/** Starts the Chromium that the test command found. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch(options());
}

/** Starts a Chromium of its own on a profile folder that stays: what it keeps can be looked at afterwards. */
export function launchPersistent(folder: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, options());
}

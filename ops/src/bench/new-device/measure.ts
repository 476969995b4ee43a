import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchPersistent } from '../../browser/launch-chromium.js';
import { type Sotto, startSotto } from '../../process/start-sotto.js';
import { cpuSeconds } from '../client/cpu-seconds.js';
import { scrollThroughAll } from '../client/open-offline.js';
import { round } from '../client/quantile.js';
import { beginFrames, type FrameRecord, recordFrames } from './frames.js';
import { keepShadowRoots, openWhenListed } from './opening.js';
import { accountWithPast, type Past } from './past.js';
import { countThreadTimes } from './thread-times.js';

const PATIENCE_MS = 600_000;

export interface NewDeviceResult {
  readonly conversations: number;
  /** In each. */
  readonly messages: number;
  /** From pressing the button of the sign-in page to the newest conversation in the list. */
  readonly listedMs: number;
  /** To its newest message painted, it having been opened at once. */
  readonly newestMs: number;
  /** To all of the past on the device. */
  readonly everythingMs: number;
  readonly messagesPerS: number;
  /** Of the page, from pressing the button to the end. */
  readonly frames: {
    readonly count: number;
    readonly worstMs: number;
    readonly over50: number;
    /** Tasks of the page's own thread over 50 ms: frames are also late where the machine has no time for them. */
    readonly longTasks: number;
    readonly worstTaskMs: number;
  };
  /** What it took of the processors, apart from what else they did. */
  readonly cpu: {
    /** Of the browser's page thread: its longest task. A frame that took longer waited for a processor. */
    readonly longestPageTaskMs: number;
    readonly pageS: number;
    readonly workerS: number;
    /** Of the server, where the system tells. */
    readonly serverS: number | undefined;
  };
  readonly machine: {
    readonly cpus: number;
    readonly load: number;
    readonly node: string;
    readonly chromium: string;
  };
}

/** Signs in on a browser that was never here and gives how long everything took. */
async function enter(page: Page, sotto: Sotto, past: Past) {
  await page.goto(`${sotto.origin}/sign-in`);
  await page.locator('[data-test=login]').fill(past.username);
  await page.locator('[data-test=password]').fill(past.password);
  await page.evaluate(beginFrames);
  const begun = Date.now();
  const opening = page.evaluate(openWhenListed, past.newest);
  await page.locator('[data-test=submit]').click();
  const { listedMs, drawnMs } = await opening;
  const rows = page.locator('[data-test=conversation-row]');
  await rows.nth(past.conversations - 1).waitFor({ timeout: PATIENCE_MS });
  await page.locator('[data-test=history]').waitFor({ state: 'detached', timeout: PATIENCE_MS });
  return { listedMs: round(listedMs), newestMs: round(drawnMs), everythingMs: Date.now() - begun };
}

/** Without the server, the conversation that came last is there to its beginning. */
async function checkWithoutServer(page: Page, sotto: Sotto, past: Past): Promise<void> {
  await sotto.kill('SIGKILL');
  const last = `friend${past.conversations - 1}`;
  await page.locator(`[data-test=conversation-row][data-username=${last}]`).click();
  await page.locator('[data-test=message]').first().waitFor();
  await scrollThroughAll(page, past.messages);
}

function framesOf({ frames, worstMs, long, tasks }: FrameRecord): NewDeviceResult['frames'] {
  return {
    count: frames,
    worstMs: round(worstMs),
    over50: long.length,
    longTasks: tasks.length,
    worstTaskMs: round(Math.max(0, ...tasks.map(({ ms }) => ms))),
  };
}

/**
 * Measures a device that is linked to an account with a past, in Chromium against a real Sotto.
 * @param tell hears which step begins
 */
export async function measureNewDevice(
  options: { readonly conversations: number; readonly messages: number },
  tell: (step: string) => void,
): Promise<NewDeviceResult> {
  tell(`An account with ${options.conversations} conversations of ${options.messages} messages …`);
  const past = await accountWithPast(options.conversations, options.messages);
  const folder = mkdtempSync(join(tmpdir(), 'sotto-new-device-'));
  const data = join(folder, 'data');
  cpSync(past.data, data, { recursive: true });
  const sotto = await startSotto({ data });
  const context = await launchPersistent(join(folder, 'profile'));
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.addInitScript(recordFrames);
    await page.addInitScript(keepShadowRoots);
    tell('Signing in on a new device …');
    const threads = await countThreadTimes(page);
    const entered = await enter(page, sotto, past);
    const serverS = cpuSeconds(sotto.pid);
    const { longestPageTaskCpuMs, pageCpuS, workerCpuS } = await threads();
    const frames = framesOf(await page.evaluate(() => window.sottoFrames));
    tell('Reading it without the server …');
    await checkWithoutServer(page, sotto, past);
    return {
      ...options,
      ...entered,
      messagesPerS: Math.round((options.conversations * options.messages * 1_000) / entered.everythingMs),
      frames,
      cpu: {
        longestPageTaskMs: round(longestPageTaskCpuMs),
        pageS: round(pageCpuS),
        workerS: round(workerCpuS),
        serverS: serverS === undefined ? undefined : round(serverS),
      },
      machine: {
        cpus: cpus().length,
        load: round(loadavg()[0]!),
        node: process.version,
        chromium: context.browser()?.version() ?? '',
      },
    };
  } finally {
    await context.close();
    await sotto.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

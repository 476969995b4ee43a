import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { launchChromium, launchPersistent } from '../../browser/launch-chromium.js';
import { person, signUp } from '../../browser/sign-up.js';
import type { Person as NodePerson } from '../../people/person.js';
import { type Sotto, startSotto } from '../../process/start-sotto.js';
import { cpuSeconds } from './cpu-seconds.js';
import { measureDelivery } from './deliver.js';
import { type FirstLoad, kilobytes, measureFirstLoad } from './first-load.js';
import { recordInPage } from './in-page.js';
import { meetFromNode, meetInPages } from './meet.js';
import { nodePerson } from './node-person.js';
import { measureOpening, scrollThroughAll } from './open-offline.js';
import { quantile, round } from './quantile.js';

const MESSAGES = 1_000;
const OPENINGS = 5;
const DELIVERIES = 200;

export interface ClientResult {
  readonly bundle: {
    /** kB of 1,000 bytes, as transferred. */
    readonly initialBrotliKB: number;
    readonly initialFiles: number;
    readonly laterBrotliKB: number;
    readonly answersKB: number;
  };
  readonly open: {
    readonly offlineMs: number;
    readonly messages: number;
    readonly runsMs: readonly number[];
  };
  readonly deliver: {
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly messages: number;
    /** Of the server's process meanwhile, where the system tells. */
    readonly serverCpuSeconds: number | undefined;
  };
  readonly machine: {
    readonly cpus: number;
    /** Of the last minute, at the end: more than the CPUs means that others were at work, too. */
    readonly load: number;
    readonly node: string;
    readonly chromium: string;
  };
}

/** A real Sotto, and browsers with profiles on disk. */
interface Stage {
  readonly sotto: Sotto;
  /** A browser of somebody's own, signed up, whose pages record what they show. */
  newcomer(username: string): Promise<{ context: BrowserContext; page: Page; username: string }>;
  /** Somebody in Node. */
  correspondent(name: string): Promise<NodePerson>;
}

async function onStage<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
  const profiles = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
  const ends: (() => Promise<unknown>)[] = [];
  try {
    const sotto = await startSotto();
    ends.push(() => sotto.remove());
    return await act({
      sotto,
      async newcomer(username) {
        const context = await launchPersistent(join(profiles, username));
        ends.push(() => context.close());
        await context.addInitScript(recordInPage);
        const page = context.pages()[0] ?? (await context.newPage());
        await signUp(page, sotto, person(username));
        return { context, page, username };
      },
      async correspondent(name) {
        const who = await nodePerson(sotto, name);
        ends.push(() => who.remove());
        return who;
      },
    });
  } finally {
    for (const end of ends.reverse()) await end();
    rmSync(profiles, { recursive: true, force: true });
  }
}

/** The first load alone: half a minute instead of some. */
export function measureBundle(): Promise<FirstLoad> {
  return onStage(async ({ sotto, newcomer, correspondent }) => {
    const { context, page, username } = await newcomer('ilse');
    await meetFromNode(await correspondent('noor'), page, username, 'hello');
    await context.close();
    const browser = await launchChromium();
    try {
      return await measureFirstLoad(browser, sotto, person(username), 'noor');
    } finally {
      await browser.close();
    }
  });
}

function deliver(): Promise<ClientResult['deliver'] & { chromium: string }> {
  return onStage(async ({ sotto, newcomer }) => {
    const [mara, teo] = [await newcomer('mara'), await newcomer('teo')];
    await meetInPages(mara, teo);
    const before = cpuSeconds(sotto.pid);
    const took = await measureDelivery(mara.page, teo.page, DELIVERIES);
    const after = cpuSeconds(sotto.pid);
    return {
      p50Ms: round(quantile(took, 0.5)),
      p99Ms: round(quantile(took, 0.99)),
      messages: took.length,
      serverCpuSeconds: before !== undefined && after !== undefined ? round(after - before, 2) : undefined,
      chromium: mara.context.browser()?.version() ?? '',
    };
  });
}

function open(): Promise<ClientResult['open']> {
  return onStage(async ({ sotto, newcomer, correspondent }) => {
    const { context, page } = await newcomer('mara');
    const noor = await correspondent('noor');
    const conversation = await meetFromNode(noor, page, 'mara', 'message 1');
    for (let nth = 2; nth <= MESSAGES; nth += 1)
      await noor.engine.calls.send({ conversation, text: `message ${nth}` });
    const last = `message ${MESSAGES}`;
    await page.locator('[data-test=message-text]', { hasText: last }).waitFor({ timeout: 120_000 });
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    await sotto.kill('SIGKILL');
    const runs: number[] = [];
    const url = `${sotto.origin}/c/${conversation}`;
    while (runs.length < OPENINGS) runs.push(round(await measureOpening(context, url, last)));
    await scrollThroughAll(context.pages()[0]!, MESSAGES);
    return { offlineMs: quantile(runs, 0.5), messages: MESSAGES, runsMs: runs };
  });
}

/**
 * Measures the client in Chromium against a real Sotto: first load, delivery, and opening without a network.
 * @param tell hears which step begins
 */
export async function measureClient(
  tell: (step: string) => void,
): Promise<{ result: ClientResult; firstLoad: FirstLoad }> {
  tell('First load …');
  const firstLoad = await measureBundle();
  tell(`Delivery of ${DELIVERIES} messages …`);
  const { chromium, ...delivered } = await deliver();
  tell(`Opening ${MESSAGES} messages without a network …`);
  const opened = await open();
  const result: ClientResult = {
    bundle: {
      initialBrotliKB: round(kilobytes(firstLoad.initial)),
      initialFiles: firstLoad.initial.length,
      laterBrotliKB: round(kilobytes(firstLoad.later)),
      answersKB: round(firstLoad.answerBytes / 1_000),
    },
    open: opened,
    deliver: delivered,
    machine: { cpus: cpus().length, load: round(loadavg()[0]!), node: process.version, chromium },
  };
  return { result, firstLoad };
}

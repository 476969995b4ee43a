import { fileURLToPath } from 'node:url';
import { bundleModule } from '../../in-worker/bundle-module.js';
import { WorkerPage } from '../../in-worker/worker-page.js';
import { type EngineResult, measureEngine } from './measure.js';
import { measureOfficial } from './official.js';
import type { Rates } from './rates.js';

/** What the benchmark prints. */
export interface CryptoResult {
  readonly node: Rates;
  readonly chromium: Rates;
  /** Signal's own library, a native add-on, in Node; null where it is not installed. */
  readonly libsignal: Rates | null;
  /** In a worker of Chromium: envelopes a second, from sealed bytes to the timeline. */
  readonly historyPerS: number;
  readonly nodeHistoryPerS: number;
  /** An envelope over a text of 20 characters before padding; and as it is sent. */
  readonly envelopeBytes: number;
  readonly paddedEnvelopeBytes: number;
}

/** Measures everything, one after the other. */
export async function measureCrypto(say: (step: string) => void): Promise<CryptoResult> {
  say("Signal's own library …");
  const libsignal = (await measureOfficial()) ?? null;
  say('Node …');
  const node = await measureEngine();
  say('Chromium …');
  const chromium = await measureInChromium();
  return {
    node: node.rates,
    chromium: chromium.rates,
    libsignal,
    historyPerS: chromium.historyPerS,
    nodeHistoryPerS: node.historyPerS,
    envelopeBytes: chromium.envelope.bytes,
    paddedEnvelopeBytes: chromium.envelope.padded,
  };
}

async function measureInChromium(): Promise<EngineResult> {
  const page = await WorkerPage.open();
  try {
    return await page.run<EngineResult>(
      await bundleModule(fileURLToPath(new URL('./in-worker.js', import.meta.url))),
    );
  } finally {
    await page.close();
  }
}

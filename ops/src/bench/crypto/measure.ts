import { measureEnvelope, measureHistory } from './history.js';
import { measureRates, type Rates } from './rates.js';

/** What one engine does. */
export interface EngineResult {
  readonly rates: Rates;
  readonly historyPerS: number;
  readonly envelope: { readonly bytes: number; readonly padded: number };
}

/** Measures in whatever engine this runs: Node, or a worker of a browser. */
export async function measureEngine(): Promise<EngineResult> {
  const rates = await measureRates();
  return { rates, historyPerS: await measureHistory(), envelope: await measureEnvelope() };
}

import type { ActivityRow, ActivityStore } from '../activity/activity-store.js';
import { parseRowKey } from '../activity/row-keys.js';
import { answered } from './answered.js';
import { readTexts } from './fields.js';
import type { HostLink } from './host-link.js';
import { PAGE_ROWS } from './operations.js';

/** Activity rows that a store host has: it writes them with the records, by its own clock. */
export class HostedActivityStore implements ActivityStore {
  readonly settleMs = 0;
  readonly #link: HostLink;

  constructor(link: HostLink) {
    this.#link = link;
  }

  async *rows(since: number): AsyncIterable<readonly ActivityRow[]> {
    let after = '';
    for (;;) {
      const from = after;
      const answer = await this.#link.ask('activity', (writer) => void writer.varUint(since).varString(from));
      const page = readTexts(answered(answer));
      if (page.length > 0) yield page.map(parseRowKey);
      if (page.length < PAGE_ROWS) return;
      after = page.at(-1)!;
    }
  }

  async expire(before: number): Promise<void> {
    answered(await this.#link.ask('expire', (writer) => void writer.varUint(before)));
  }

  /** What was told while there was no connection is never told: `interrupted` says so. */
  silentMs(): number {
    return this.#link.isConnected ? 0 : Infinity;
  }
}

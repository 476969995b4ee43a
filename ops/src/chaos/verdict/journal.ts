import type { Told } from '../clients/messages.js';

/** What was promised to anybody while the run went on; it outlives every process of it. */
export class Journal {
  /** Texts that were asked for, and in which conversation. */
  readonly written = new Map<string, number>();
  /** Texts that a client said are durable on it. */
  readonly queued = new Set<string>();
  /** Texts that showed as sent. */
  readonly sent = new Set<string>();
  /** Envelopes that a server acknowledged: place to hash. */
  readonly records = new Map<string, string>();
  /** Places acknowledged with two different bodies. */
  readonly forked = new Set<string>();
  /** What engines reported, and how often. */
  readonly reported = new Map<string, number>();

  /** Processes that ended although nobody ended them, with their last words. */
  readonly crashes: string[] = [];

  hear(told: Told): void {
    switch (told.told) {
      case 'sent':
        for (const text of told.texts) this.sent.add(labelOf(text));
        return;
      case 'acknowledged':
        for (const [document, client, clock, hash] of told.records) {
          const place = placeOf(document, client, clock);
          if ((this.records.get(place) ?? hash) !== hash) this.forked.add(place);
          this.records.set(place, hash);
        }
        return;
      case 'fault':
        this.reported.set(told.fault, (this.reported.get(told.fault) ?? 0) + 1);
        return;
      default:
        return;
    }
  }

  /** Whether somebody was told that it is kept. */
  isPromised(label: string): boolean {
    return this.queued.has(label) || this.sent.has(label);
  }
}

/** The part of a text by which it is known. */
export function labelOf(text: string): string {
  return text.split(' ', 1)[0]!;
}

export function placeOf(document: string, client: number, clock: number): string {
  return `${document}|${client}|${clock}`;
}

import { decodeCbor, encodeCbor } from '@sotto/protocol';
import * as v from 'valibot';
import type { MessageStore } from '../../store/message-store.js';

const doubtSchema = v.strictObject({ v: v.literal(1), confirmed: v.boolean() });

interface Doubt {
  /** Since when the server can be asked for it without a break, milliseconds since 1970; never while there is no connection. */
  since: number;
  /** How long it could be asked before that, milliseconds. */
  waited: number;
  confirmed: boolean;
}

const PREFIX = 'trust/doubt/';
const NEVER = Number.POSITIVE_INFINITY;
/** How long the server may take, milliseconds: what is on its way is there by then. */
const GRACE_MS = 60_000;
/** Unanswered at once; whoever makes up more gains nothing by it. */
const MAX_DOUBTS = 1_024;

/**
 * Things that messages of others speak of and that the server has not shown. Those that it does not show within a minute
 * online are confirmed: it keeps them back. They are settled when they come, however late.
 */
export class Doubts {
  readonly #messages: MessageStore;
  readonly #doubts = new Map<string, Doubt>();

  private constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  static async open(messages: MessageStore): Promise<Doubts> {
    const opened = new Doubts(messages);
    for (const [key, value] of await messages.records(PREFIX)) {
      const { confirmed } = decodeCbor(doubtSchema, value);
      opened.#doubts.set(key.slice(PREFIX.length), { since: NEVER, waited: 0, confirmed });
    }
    return opened;
  }

  /** Names of what is doubted, confirmed or not. */
  names(prefix = ''): string[] {
    return [...this.#doubts.keys()].filter((name) => name.startsWith(prefix));
  }

  /** Whether there is one that the server may still answer. */
  get waiting(): boolean {
    return [...this.#doubts.values()].some(({ confirmed }) => !confirmed);
  }

  /** Whether something of this name is being kept back. */
  isConfirmed(prefix: string): boolean {
    return [...this.#doubts].some(([name, { confirmed }]) => confirmed && name.startsWith(prefix));
  }

  /** @returns whether it is news */
  async raise(name: string, now: number): Promise<boolean> {
    if (this.#doubts.has(name) || this.#doubts.size >= MAX_DOUBTS) return false;
    this.#doubts.set(name, { since: now, waited: 0, confirmed: false });
    await this.#keep(name, false);
    return true;
  }

  /** It came. @returns whether it was confirmed before */
  async settle(name: string): Promise<boolean> {
    const doubt = this.#doubts.get(name);
    if (!this.#doubts.delete(name)) return false;
    await this.#messages.removeRecord(`${PREFIX}${name}`);
    return doubt!.confirmed;
  }

  /** From here on the server can be asked. */
  online(now: number): void {
    for (const doubt of this.#doubts.values()) if (doubt.since === NEVER) doubt.since = now;
  }

  /** It can't any more. */
  offline(now: number): void {
    for (const doubt of this.#doubts.values()) {
      if (doubt.since === NEVER) continue;
      doubt.waited += now - doubt.since;
      doubt.since = NEVER;
    }
  }

  /**
   * Confirms what stood for too long.
   * @param isAnswered whether the server was asked and has said all that it says
   * @returns names of those that were not confirmed before
   */
  async confirm(now: number, isAnswered: (name: string) => Promise<boolean>): Promise<string[]> {
    const confirmed: string[] = [];
    for (const [name, doubt] of [...this.#doubts]) {
      const waited = doubt.waited + (doubt.since === NEVER ? 0 : now - doubt.since);
      if (doubt.confirmed || waited < GRACE_MS || !(await isAnswered(name))) continue;
      doubt.confirmed = true;
      confirmed.push(name);
      await this.#keep(name, true);
    }
    return confirmed;
  }

  #keep(name: string, confirmed: boolean): Promise<void> {
    return this.#messages.putRecord(`${PREFIX}${name}`, encodeCbor({ v: 1, confirmed }));
  }
}

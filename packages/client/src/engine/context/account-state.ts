import type { AccountId, ConversationId } from '@sotto/protocol';
import * as Y from 'yjs';

/** How this account stands to somebody, or to a group. */
export type Standing = 'accepted' | 'invited' | 'declined' | 'blocked';

const STANDINGS = new Set<string>(['accepted', 'invited', 'declined', 'blocked']);

/** Where updates came from: a change of our own, as opposed to one from the log. */
const OWN = 'own';

/**
 * The account's own settings as an inner Yjs document: every device of the account writes it, all converge. Its updates
 * travel sealed in the account log.
 */
export class AccountState {
  readonly #doc = new Y.Doc();
  readonly #standings = this.#doc.getMap<string>('standings');
  #changed: (update: Uint8Array) => void = () => {};

  constructor() {
    this.#doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === OWN) this.#changed(update);
    });
  }

  /** Undefined for whom or what this account has not decided about. */
  standing(whom: AccountId | ConversationId): Standing | undefined {
    const value = this.#standings.get(whom);
    return value !== undefined && STANDINGS.has(value) ? (value as Standing) : undefined;
  }

  /** @returns the update to seal, or undefined when nothing changed */
  setStanding(whom: AccountId | ConversationId, standing: Standing): Uint8Array | undefined {
    if (this.standing(whom) === standing) return undefined;
    return this.#change(() => this.#standings.set(whom, standing));
  }

  /** Takes in an update from the log. @returns false when it is no Yjs update */
  apply(update: Uint8Array): boolean {
    try {
      Y.applyUpdate(this.#doc, update);
      return true;
    } catch {
      // Whoever holds the account's key wrote it; a fault of theirs must not stop this device.
      return false;
    }
  }

  #change(change: () => void): Uint8Array | undefined {
    let update: Uint8Array | undefined;
    this.#changed = (bytes) => {
      update = bytes;
    };
    this.#doc.transact(change, OWN);
    this.#changed = () => {};
    return update;
  }
}

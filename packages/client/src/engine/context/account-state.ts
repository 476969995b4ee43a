import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { DecodeError, fromBase64url, toBase64url } from '@sotto/protocol';
import * as Y from 'yjs';

/** How this account stands to somebody, or to a group. */
export type Standing = 'accepted' | 'invited' | 'declined' | 'blocked';

const STANDINGS = new Set<string>(['accepted', 'invited', 'declined', 'blocked']);

/** The account key that this account goes by for somebody. */
export interface TrustedKey {
  /** 33 bytes. */
  readonly identity: Uint8Array;
  /** When that was decided, milliseconds since 1970. */
  readonly since: number;
  /** Whether a person accepted it; else it is the first that a device of the account saw. */
  readonly accepted: boolean;
}

/** The feed sequence up to which somebody's messages were read. */
export interface ReadUpTo {
  readonly device: DeviceId;
  readonly generation: number;
  readonly seq: number;
}

/** Where updates came from: a change of our own, as opposed to one from the log. */
const OWN = 'own';
/** How somebody came to be known by a key. */
const ACCEPTED = 'accepted';
const SEEN = 'seen';
/** Of a public key: 0x05 and 32 bytes. */
const KEY_BYTES = 33;
const MINUTE_MS = 60_000;

/**
 * The account's own settings as an inner Yjs document: every device of the account writes it, all converge. Its updates
 * travel sealed in the account log.
 */
export class AccountState {
  readonly #doc = new Y.Doc();
  readonly #standings = this.#doc.getMap<string>('standings');
  readonly #trusted = this.#doc.getMap<string>('trusted');
  readonly #verified = this.#doc.getMap<string>('verified');
  readonly #read = this.#doc.getMap<number>('read');
  /** In minutes since 1970. */
  readonly #activity = this.#doc.getMap<number>('activity');
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

  /** How far this account has read where no receipt says so, of every conversation with such a mark. */
  readMarks(): Map<ConversationId, ReadUpTo[]> {
    const found = new Map<ConversationId, ReadUpTo[]>();
    for (const [key, seq] of this.#read.entries()) {
      const [conversation, device, generation] = key.split('/') as [ConversationId, DeviceId, string];
      if (typeof seq !== 'number' || generation === undefined) continue;
      const marks = found.get(conversation) ?? [];
      marks.push({ device, generation: Number(generation), seq });
      found.set(conversation, marks);
    }
    return found;
  }

  /** @returns the update to seal, or undefined when nothing changed */
  setRead(id: ConversationId, marks: readonly ReadUpTo[]): Uint8Array | undefined {
    const key = ({ device, generation }: ReadUpTo) => `${id}/${device}/${generation}`;
    const raised = marks.filter((mark) => (this.#read.get(key(mark)) ?? -1) < mark.seq);
    if (raised.length === 0) return undefined;
    return this.#change(() => {
      for (const mark of raised) this.#read.set(key(mark), mark.seq);
    });
  }

  /** When something was said in a conversation last, roughly: milliseconds since 1970. */
  activity(id: ConversationId): number | undefined {
    const minutes = this.#activity.get(id);
    return typeof minutes === 'number' ? minutes * MINUTE_MS : undefined;
  }

  /** The newest {@link activity} of all conversations. */
  newestActivity(): number {
    let newest = 0;
    for (const minutes of this.#activity.values())
      if (typeof minutes === 'number') newest = Math.max(newest, minutes);
    return newest * MINUTE_MS;
  }

  /** @returns the update to seal, or undefined when nothing changed */
  setActivity(id: ConversationId, at: number): Uint8Array | undefined {
    const minutes = Math.floor(at / MINUTE_MS);
    if ((this.#activity.get(id) ?? 0) >= minutes) return undefined;
    return this.#change(() => this.#activity.set(id, minutes));
  }

  /** Undefined for somebody this account has not decided about. */
  trusted(account: AccountId): TrustedKey | undefined {
    const [key, since, how] = this.#trusted.get(account)?.split('.') ?? [];
    const identity = keyOf(key);
    return identity && { identity, since: Number(since) || 0, accepted: how === ACCEPTED };
  }

  /** @returns the update to seal, or undefined when nothing changed */
  setTrusted(account: AccountId, { identity, since, accepted }: TrustedKey): Uint8Array | undefined {
    const before = this.trusted(account);
    const key = toBase64url(identity);
    if (before && toBase64url(before.identity) === key && before.accepted === accepted) return undefined;
    return this.#change(() => this.#trusted.set(account, `${key}.${since}.${accepted ? ACCEPTED : SEEN}`));
  }

  /** Everybody for whom an account key was decided on. */
  allTrusted(): AccountId[] {
    return [...this.#trusted.keys()] as AccountId[];
  }

  /** The account key that was compared with somebody, if one was: it says nothing of any other. */
  verified(account: AccountId): Uint8Array | undefined {
    return keyOf(this.#verified.get(account));
  }

  /** @returns the update to seal, or undefined when nothing changed */
  setVerified(account: AccountId, identity: Uint8Array | undefined): Uint8Array | undefined {
    const key = identity && toBase64url(identity);
    if (this.#verified.get(account) === key) return undefined;
    return this.#change(() => {
      if (key) this.#verified.set(account, key);
      else this.#verified.delete(account);
    });
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

/** What another device of ours wrote in place of a key means nothing. */
function keyOf(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const key = fromBase64url(text);
    return key.length === KEY_BYTES ? key : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

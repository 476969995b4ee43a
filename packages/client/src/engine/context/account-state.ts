import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { DecodeError, fromBase64url, toBase64url } from '@sotto/protocol';
import { Registers, type RegisterValue } from './registers.js';

/** How this account stands to somebody, or to a group. */
export type Standing = 'accepted' | 'invited' | 'declined' | 'blocked' | 'hidden';

/** `hidden` is a group that this account is not in any more, and does not want to see. */
const STANDINGS = new Set<string>(['accepted', 'invited', 'declined', 'blocked', 'hidden']);

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

/** How somebody came to be known by a key. */
const ACCEPTED = 'accepted';
const SEEN = 'seen';
/** Of a public key: 0x05 and 32 bytes. */
const KEY_BYTES = 33;
const MINUTE_MS = 60_000;

/** How far was read and when something was said only ever grow, whoever says so. */
const GROWING = new Set(['read', 'activity']);

/**
 * The account's own settings: every device of the account writes them, all converge. Their updates travel sealed in the
 * account log.
 */
export class AccountState {
  readonly #registers = new Registers((group) => (GROWING.has(group) ? 'greatest' : 'last'));

  /** Undefined for whom or what this account has not decided about. */
  standing(whom: AccountId | ConversationId): Standing | undefined {
    const value = this.#text('standings', whom);
    return value !== undefined && STANDINGS.has(value) ? (value as Standing) : undefined;
  }

  /** @returns the update to seal, or undefined when nothing changed */
  setStanding(whom: AccountId | ConversationId, standing: Standing | undefined): Uint8Array | undefined {
    if (this.standing(whom) === standing) return undefined;
    return this.#registers.write('standings', [[whom, standing ?? null]]);
  }

  /** How far this account has read where no receipt says so, of every conversation with such a mark. */
  readMarks(): Map<ConversationId, ReadUpTo[]> {
    const found = new Map<ConversationId, ReadUpTo[]>();
    for (const [key, seq] of this.#registers.entries('read')) {
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
    const raised = marks.filter((mark) => (this.#number('read', key(mark)) ?? -1) < mark.seq);
    if (raised.length === 0) return undefined;
    const values = raised.map((mark) => [key(mark), mark.seq] as const);
    return this.#registers.write('read', values);
  }

  /** When something was said in a conversation last, roughly: milliseconds since 1970. */
  activity(id: ConversationId): number | undefined {
    const minutes = this.#number('activity', id);
    return minutes === undefined ? undefined : minutes * MINUTE_MS;
  }

  /** The newest {@link activity} of all conversations. */
  newestActivity(): number {
    let newest = 0;
    for (const [, minutes] of this.#registers.entries('activity'))
      if (typeof minutes === 'number') newest = Math.max(newest, minutes);
    return newest * MINUTE_MS;
  }

  /** @returns the update to seal, or undefined when nothing changed */
  setActivity(id: ConversationId, at: number): Uint8Array | undefined {
    const minutes = Math.floor(at / MINUTE_MS);
    if ((this.#number('activity', id) ?? 0) >= minutes) return undefined;
    return this.#registers.write('activity', [[id, minutes]]);
  }

  /** Undefined for somebody this account has not decided about. */
  trusted(account: AccountId): TrustedKey | undefined {
    const [key, since, how] = this.#text('trusted', account)?.split('.') ?? [];
    const identity = keyOf(key);
    return identity && { identity, since: Number(since) || 0, accepted: how === ACCEPTED };
  }

  /** @returns the update to seal, or undefined when nothing changed */
  setTrusted(account: AccountId, { identity, since, accepted }: TrustedKey): Uint8Array | undefined {
    const before = this.trusted(account);
    const key = toBase64url(identity);
    if (before && toBase64url(before.identity) === key && before.accepted === accepted) return undefined;
    return this.#registers.write('trusted', [[account, `${key}.${since}.${accepted ? ACCEPTED : SEEN}`]]);
  }

  /** Everybody for whom an account key was decided on. */
  allTrusted(): AccountId[] {
    return this.#registers.entries('trusted').map(([account]) => account as AccountId);
  }

  /** The account key that was compared with somebody, if one was: it says nothing of any other. */
  verified(account: AccountId): Uint8Array | undefined {
    return keyOf(this.#text('verified', account));
  }

  /** @returns the update to seal, or undefined when nothing changed */
  setVerified(account: AccountId, identity: Uint8Array | undefined): Uint8Array | undefined {
    const key = identity && toBase64url(identity);
    if (this.#text('verified', account) === key) return undefined;
    return this.#registers.write('verified', [[account, key ?? null]]);
  }

  /** Takes in an update from the log. @returns false when it is none */
  apply(update: Uint8Array): boolean {
    return this.#registers.apply(update);
  }

  /** What is decided here and not there: updates to seal. */
  missingIn(other: AccountState): Uint8Array[] {
    return this.#registers.missingIn(other.#registers);
  }

  /** What a later program keeps there means nothing to this one. */
  #text(group: string, name: string): string | undefined {
    const value: RegisterValue = this.#registers.get(group, name);
    return typeof value === 'string' ? value : undefined;
  }

  #number(group: string, name: string): number | undefined {
    const value: RegisterValue = this.#registers.get(group, name);
    return typeof value === 'number' ? value : undefined;
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

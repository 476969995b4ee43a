import type { AccountId, DeviceId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { PersonChange } from '../../account/directory.js';
import { listChange } from '../../account/pinned-list.js';
import { equalBytes } from '../../conversation/hash.js';
import type { MessageStore } from '../../store/message-store.js';

const noteSchema = v.strictObject({
  /** The same however often one change is told of. */
  id: v.string(),
  type: v.picklist(['device-added', 'device-removed', 'identity-changed']),
  /** Name of the device; empty where an account key changed. */
  device: v.string(),
  /** When it was noticed here, milliseconds since 1970. */
  at: schemas.count,
});

const notesSchema = v.strictObject({ v: v.literal(1), notes: v.array(noteSchema) });

/** Something that changed about who can read what somebody is sent. */
export type ContactNote = v.InferOutput<typeof noteSchema>;

const PREFIX = 'trust/notes/';
/** Of one person; older ones are forgotten. */
const MAX_NOTES = 64;

/** What this device noticed about the devices and account keys of others, for the timelines they are in. */
export class ContactNotes {
  readonly #messages: MessageStore;
  readonly #now: () => number;
  readonly #notes = new Map<AccountId, readonly ContactNote[]>();

  private constructor(messages: MessageStore, now: () => number) {
    this.#messages = messages;
    this.#now = now;
  }

  /** @param now milliseconds since 1970 */
  static async open(messages: MessageStore, now: () => number): Promise<ContactNotes> {
    const opened = new ContactNotes(messages, now);
    for (const [key, value] of await messages.records(PREFIX))
      opened.#notes.set(key.slice(PREFIX.length) as AccountId, decodeCbor(notesSchema, value).notes);
    return opened;
  }

  /** Oldest first. */
  of(account: AccountId): readonly ContactNote[] {
    return this.#notes.get(account) ?? [];
  }

  /** Notes what is different; a change that was noted before is not noted again. */
  async add(change: PersonChange): Promise<void> {
    const { account } = change.after;
    const before = this.of(account);
    const known = new Set(before.map(({ id }) => id));
    const more = notesOf(change, this.#now()).filter(({ id }) => !known.has(id));
    if (more.length === 0) return;
    const notes = [...before, ...more].slice(-MAX_NOTES);
    await this.#messages.putRecord(`${PREFIX}${account}`, encodeCbor({ v: 1, notes }));
    this.#notes.set(account, notes);
  }
}

function notesOf({ before, after }: PersonChange, at: number): ContactNote[] {
  // Whose key was accepted comes with devices of that key; that the key changed was noted before.
  if (!before || !equalBytes(before.identity, after.identity)) return [];
  const { added, removed } = listChange(before.list, after.list);
  const { version } = after.list.list;
  const noteOf = (type: ContactNote['type'], { id, name }: { id: DeviceId; name: string }): ContactNote => ({
    id: `${type}/${id}/${version}`,
    type,
    device: name,
    at,
  });
  const offered = after.offered?.since !== before.offered?.since ? after.offered : undefined;
  return [
    ...added.map((device) => noteOf('device-added', device)),
    ...removed.map((device) => noteOf('device-removed', device)),
    ...(offered ? [changedKey(offered.since)] : []),
  ];
}

function changedKey(since: number): ContactNote {
  return { id: `identity-changed/${since}`, type: 'identity-changed', device: '', at: since };
}

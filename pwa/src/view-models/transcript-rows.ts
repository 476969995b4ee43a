import type { DeliveryMark, Person, TimelineItem, TimelineSnapshot, ToldChange } from '@sotto/client';
import type { AccountId, EventId } from '@sotto/protocol';
import type { Format } from '../platform/format.js';
import { say } from '../words/say.js';
import type { AvatarLook } from './avatar.js';
import { avatarOf } from './avatar.js';
import { changesReaders, changeWords } from './change-words.js';
import type { TextPart } from './message-text.js';
import { isEmojiOnly, parseMessage } from './message-text.js';

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly id: EventId;
  readonly mine: boolean;
  /** "You:" or "noor:", for those who hear the transcript. */
  readonly says: string;
  /** Of others in a group, where their group of messages begins. */
  readonly author: Author | null;
  readonly parts: readonly TextPart[];
  readonly emojiOnly: boolean;
  readonly at: number;
  readonly time: string;
  readonly fullTime: string;
  readonly mark: DeliveryMark | null;
  /** Words for why it was not sent; null where it was, or where "Not sent." says all there is. */
  readonly failure: string | null;
  /** Begins a group: same author within five minutes. */
  readonly startsGroup: boolean;
  /** First and last of a run: a group's messages with one delivery state. Time and mark are shown once a run. */
  readonly startsRun: boolean;
  readonly endsRun: boolean;
}

export interface Author {
  readonly name: string;
  readonly avatar: AvatarLook;
}

export type TranscriptRow =
  | MessageRow
  | { readonly kind: 'day'; readonly key: string; readonly label: string }
  | { readonly kind: 'unread'; readonly key: string; readonly label: string }
  | { readonly kind: 'waiting'; readonly key: string; readonly time: string; readonly fullTime: string }
  | {
      readonly kind: 'change';
      readonly key: string;
      readonly time: string;
      readonly fullTime: string;
      readonly text: string;
      /** It changed who can read along. */
      readonly readers: boolean;
      readonly type: ToldChange['type'];
    }
  | {
      readonly kind: 'missing';
      readonly key: string;
      readonly time: string;
      readonly fullTime: string;
      readonly text: string;
    }
  | { readonly kind: 'unreadable'; readonly key: string; readonly count: number };

type Message = TimelineItem & { kind: 'message' };

const GROUP_WITHIN = 5 * 60_000;

/** A row, with what it was made of beside its item. */
interface Made {
  readonly before: TimelineItem | null;
  readonly after: TimelineItem | null;
  readonly row: TranscriptRow;
}

/** What all rows are made with; where it changes, they are all made anew. */
interface Setting {
  readonly today: number;
  readonly inGroup: boolean;
  readonly unreadFrom: EventId | null;
}

/**
 * Turns timeline snapshots into rows, and hands out the same object for a row that did not change, and the same array
 * where none did. What the snapshot holds of the one before it is not looked at again.
 */
export class TranscriptRows {
  readonly #format: Format;
  readonly #me: AccountId | null;
  readonly #authors = new Map<string, Author>();
  #known = new Map<string, TranscriptRow>();
  #rows: readonly TranscriptRow[] = [];
  #setting: Setting = { today: Number.NaN, inGroup: false, unreadFrom: null };
  #made = new WeakMap<TimelineItem, Made>();
  #agos = new WeakMap<TimelineItem, number>();
  /** Parsing is the dear part, and a message's text never changes under its id. */
  readonly #texts = new Map<string, { readonly parts: readonly TextPart[]; readonly emojiOnly: boolean }>();

  /** @param me whose eyes it is read with */
  constructor(format: Format, me: AccountId | null = null) {
    this.#format = format;
    this.#me = me;
  }

  /**
   * @param snapshot the whole timeline as loaded
   * @param unread where the unread line stands and what it counts, as of opening the conversation
   * @param now milliseconds since 1970
   */
  build(
    snapshot: TimelineSnapshot,
    unread: { readonly from: EventId; readonly count: number } | null,
    now: number,
  ): readonly TranscriptRow[] {
    this.#set({
      today: this.#format.daysAgo(0, now),
      inGroup: snapshot.kind === 'group',
      unreadFrom: unread?.from ?? null,
    });
    const rows: TranscriptRow[] = [];
    const next = new Map<string, TranscriptRow>();
    const add = (row: TranscriptRow) => {
      next.set(row.key, row);
      rows.push(row);
    };
    let day: number | null = null;
    let before: TimelineItem | null = null;
    for (const [index, item] of snapshot.items.entries()) {
      if (item.kind !== 'unreadable') {
        const ago = this.#ago(item, now);
        if (ago !== day) {
          add(
            this.#kept({
              kind: 'day',
              key: this.#dayKey(item.at, next),
              label: this.#dayLabel(item.at, ago, now),
            }),
          );
          before = null;
        }
        day = ago;
      }
      if (unread && item.id === unread.from) {
        add(
          this.#kept({
            kind: 'unread',
            key: 'unread',
            label: say('conversation.unread', { count: unread.count }),
          }),
        );
        before = null;
      }
      add(this.#row(item, before, snapshot.items[index + 1] ?? null));
      before = item;
    }
    this.#known = next;
    const isSame = rows.length === this.#rows.length && rows.every((row, index) => row === this.#rows[index]);
    if (!isSame) this.#rows = rows;
    return this.#rows;
  }

  #set(setting: Setting): void {
    const { today, inGroup, unreadFrom } = this.#setting;
    const isSame =
      setting.today === today && setting.inGroup === inGroup && setting.unreadFrom === unreadFrom;
    if (isSame) return;
    this.#setting = setting;
    this.#made = new WeakMap();
    this.#agos = new WeakMap();
  }

  #ago(item: TimelineItem & { readonly at: number }, now: number): number {
    let ago = this.#agos.get(item);
    if (ago === undefined) {
      ago = this.#format.daysAgo(item.at, now);
      this.#agos.set(item, ago);
    }
    return ago;
  }

  #row(item: TimelineItem, before: TimelineItem | null, after: TimelineItem | null): TranscriptRow {
    const made = this.#made.get(item);
    if (made && made.before === before && made.after === after) return made.row;
    const row = this.#kept(this.#make(item, before, after));
    this.#made.set(item, { before, after, row });
    return row;
  }

  /** The row that was handed out before, if it says the same. */
  #kept(row: TranscriptRow): TranscriptRow {
    const known = this.#known.get(row.key);
    return known && sameRow(known, row) ? known : row;
  }

  #make(item: TimelineItem, before: TimelineItem | null, after: TimelineItem | null): TranscriptRow {
    const { inGroup, unreadFrom } = this.#setting;
    if (item.kind === 'unreadable') return { kind: item.kind, key: item.id, count: item.count };
    const time = this.#format.time(item.at);
    const fullTime = this.#format.full(item.at);
    if (item.kind === 'waiting') return { kind: 'waiting', key: item.id, time, fullTime };
    if (item.kind === 'missing') {
      const text = say('conversation.missing', { name: item.author.username });
      return { kind: 'missing', key: item.id, time, fullTime, text };
    }
    if (item.kind === 'change') {
      const text = changeWords(item, this.#me);
      const { type } = item.change;
      return { kind: 'change', key: item.id, time, fullTime, text, readers: changesReaders(item), type };
    }
    const startsGroup = !(before?.kind === 'message' && sameGroup(before, item));
    const sameRunAfter =
      after?.kind === 'message' &&
      after.id !== unreadFrom &&
      this.#format.daysAgo(after.at, item.at) === 0 &&
      sameGroup(item, after) &&
      after.mark === item.mark;
    return {
      kind: 'message',
      key: item.id,
      id: item.id,
      mine: item.mine,
      says: item.mine
        ? say('conversation.says-you')
        : say('conversation.says', { name: item.author.username }),
      author: inGroup && startsGroup && !item.mine ? this.#author(item.author) : null,
      ...this.#text(item),
      at: item.at,
      time,
      fullTime,
      mark: item.mark,
      failure: failureWords(item),
      startsGroup,
      startsRun: startsGroup || (before as Message).mark !== item.mark,
      endsRun: !sameRunAfter,
    };
  }

  /** The same object for the same person, so that rows can be compared. */
  #author(person: Person): Author {
    let author = this.#authors.get(person.account);
    if (!author || author.name !== person.username) {
      author = { name: person.username, avatar: avatarOf(person) };
      this.#authors.set(person.account, author);
    }
    return author;
  }

  #text({ id, text }: Message): { readonly parts: readonly TextPart[]; readonly emojiOnly: boolean } {
    let parsed = this.#texts.get(id);
    if (!parsed) {
      parsed = { parts: parseMessage(text), emojiOnly: isEmojiOnly(text) };
      this.#texts.set(id, parsed);
    }
    return parsed;
  }

  /** Where authors' clocks disagree a day may come back; each of its rows still has a key of its own. */
  #dayKey(at: number, taken: ReadonlyMap<string, unknown>): string {
    const date = new Date(at);
    let key = `day:${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
    while (taken.has(key)) key += '+';
    return key;
  }

  #dayLabel(at: number, ago: number, now: number): string {
    if (ago === 0) return say('day.today');
    if (ago === 1) return say('day.yesterday');
    return this.#format.day(at, now);
  }
}

function sameGroup(first: Message, second: Message): boolean {
  const apart = second.at - first.at;
  return first.author.account === second.author.account && apart < GROUP_WITHIN && apart > -GROUP_WITHIN;
}

function failureWords({ mark, error }: Message): string | null {
  if (mark !== 'failed') return null;
  if (error === 'sync/too-large' || error === 'request/too-large') return say('failed.too-large');
  if (error === 'sync/not-a-member' || error === 'auth/forbidden') return say('failed.not-a-member');
  return null;
}

function sameRow(one: TranscriptRow, other: TranscriptRow): boolean {
  const names = Object.keys(one) as (keyof TranscriptRow)[];
  return names.every((name) => one[name] === other[name]);
}

import type { AccountId, ConversationId } from '@sotto/protocol';
import { documentName } from '@sotto/protocol';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import { emptySummary, type Summary, type SummaryHead } from '../context/summary.js';
import type { LogReader } from './log-reader.js';
import type { RoomHistory } from './room-history.js';

/** The part of a room that its summary is of. */
export interface Summarized {
  readonly id: ConversationId;
  readonly kind: SummaryHead['kind'];
  /** See {@link SummaryHead}. */
  readonly peer: AccountId | null;
  readonly members: readonly AccountId[];
  readonly member: boolean;
  readonly name: string;
  readonly isOurs: boolean;
  readonly history: RoomHistory;
}

/** What the list says of a room, as its history stands now. */
export async function summarize(context: DeviceContext, room: Summarized): Promise<Summary> {
  const { id, history } = room;
  const kept = context.summaries.get(id);
  const head = await headOf(context, room, kept);
  // Of a past that is still to come, it is known roughly when it ended.
  const begun = context.accountLog.activity(id) ?? context.now();
  const before = kept ?? emptySummary(head, begun);
  const newest = history.timeline.newest(1)[0];
  const last = newest && {
    text: preview(newest.text || (newest.attachments?.[0]?.name ?? '')),
    mine: newest.mine,
    author: await personOf(context, newest.account),
    at: newest.clock.wall,
    mark: newest.mark,
  };
  return {
    ...before,
    ...head,
    last: last ?? before.last,
    unread: history.timeline.unread(),
    at: last?.at ?? before.at,
    marks: history.marks.list(),
    told: history.told.list(),
    held: { m: await held(context, history.log), r: await held(context, history.receipts) },
  };
}

async function headOf(
  context: DeviceContext,
  room: Summarized,
  kept: SummaryHead | undefined,
): Promise<SummaryHead> {
  const { kind, members, member } = room;
  const peer = room.peer && (await personOf(context, room.peer, kept?.peer ?? undefined));
  const name = kind === 'group' ? room.name || (kept?.name ?? '') : (peer?.username ?? '');
  const count = room.isOurs ? members.length : (kept?.members ?? 0);
  return { kind, name, peer, members: count, member };
}

/** Somebody as far as this device knows. @param kept as they were called last */
async function personOf(
  context: DeviceContext,
  account: AccountId,
  kept?: { readonly account: AccountId; readonly username: string },
): Promise<{ account: AccountId; username: string }> {
  const known = await context.people.known(account);
  const before = kept?.account === account ? kept.username : '';
  return { account, username: known?.username ?? before };
}

/** The newest segment of a log that was read here, and what this device holds of it. */
async function held(
  context: DeviceContext,
  reader: LogReader,
): Promise<[segment: number, envelopes: number]> {
  const segment = reader.newest ?? 0;
  return [segment, envelopesIn(await context.incoming.vector(documentName(reader.log, segment)))];
}

/** Enough of a text for one line of the list. */
function preview(text: string): string {
  return text.length > 200 ? [...text].slice(0, 160).join('') : text;
}

import type { AccountId, ConversationId } from '@sotto/protocol';
import { documentName } from '@sotto/protocol';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import { emptySummary, type Summary } from '../context/summary.js';
import type { LogReader } from './log-reader.js';
import type { RoomHistory } from './room-history.js';

/** The part of a room that its summary is of. */
export interface Summarized {
  readonly id: ConversationId;
  readonly peer: AccountId;
  readonly history: RoomHistory;
}

/** What the list says of a room, as its history stands now. */
export async function summarize(context: DeviceContext, room: Summarized): Promise<Summary> {
  const { id, peer, history } = room;
  const kept = context.summaries.get(id);
  const known = await context.people.known(peer);
  const username = known?.username ?? kept?.peer.username ?? '';
  const before = kept ?? emptySummary({ account: peer, username }, context.now());
  const newest = history.timeline.newest(1)[0];
  const last = newest && {
    text: preview(newest.text),
    mine: newest.mine,
    at: newest.clock.wall,
    mark: newest.mark,
  };
  return {
    ...before,
    peer: { account: peer, username },
    last: last ?? before.last,
    unread: history.timeline.unread(),
    at: last?.at ?? before.at,
    marks: history.marks.list(),
    held: { m: await held(context, history.log), r: await held(context, history.receipts) },
  };
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

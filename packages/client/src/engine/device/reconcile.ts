import type { ConversationId, LogName } from '@sotto/protocol';
import { documentName, logName } from '@sotto/protocol';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Summary } from '../context/summary.js';
import { isReceiptOwed } from '../room/receipts.js';
import type { Rooms } from './rooms.js';

/**
 * Sets right what the end of the last process left half done: envelopes are stored before the summary that counts them,
 * and a receipt is owed before it is queued. Looks at ids only where nothing is amiss.
 */
export async function reconcile(
  context: DeviceContext,
  rooms: Rooms,
  oweReceipt: (conversation: ConversationId) => Promise<void>,
): Promise<void> {
  for (const id of rooms.known()) {
    const summary = context.summaries.get(id);
    if (!summary || !(await isCounted(context, id, summary))) await (await rooms.get(id))?.room.open();
    const settled = context.summaries.get(id);
    if (settled && isReceiptOwed(settled)) await oweReceipt(id);
  }
}

async function isCounted(context: DeviceContext, id: ConversationId, { held }: Summary): Promise<boolean> {
  const holds = async (log: LogName, [segment, envelopes]: readonly [number, number]) => {
    const newest = (await context.messages.segments(log)).at(-1) ?? 0;
    if (newest !== segment) return false;
    return envelopesIn(await context.incoming.vector(documentName(log, newest))) === envelopes;
  };
  return (await holds(logName('m', id), held.m)) && (await holds(logName('r', id), held.r));
}

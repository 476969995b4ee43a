import { documentName } from '@sotto/protocol';
import { createReceipt, encodeEvent } from '../../conversation/event.js';
import { Watermarks } from '../../conversation/watermarks.js';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Summary } from '../context/summary.js';
import type { Room } from './room.js';

/** Devices of a conversation up to which everybody's receipts are sent. */
const RECEIPT_DEVICES = 32;

/** Whether there is anything that the receipts log does not say yet. */
export function isReceiptOwed({ marks, told }: Pick<Summary, 'marks' | 'told'>): boolean {
  const said = new Watermarks();
  for (const mark of told) said.raise(mark);
  return marks.some((mark) => said.delivered(mark) < mark.delivered || said.read(mark) < mark.read);
}

/**
 * Queues a receipt, if there is anything that the receipts log does not say yet. One that still waits is replaced:
 * the newest says all.
 * @returns whether one was queued
 */
export function queueReceipt(context: DeviceContext, room: Room): Promise<boolean> {
  return room.alone(async () => {
    const { summary } = room;
    if (!isWorthTelling(context, room)) return false;
    // While older segments are still to come, the newest sequence would claim what is not here yet.
    if (!summary || (await context.catchingUp.behind(room.history.log.log)) !== undefined) return false;
    if (!(await knowsReceipts(context, room))) return false;
    const { history } = room;
    const marks = history.marks.list();
    if (!isReceiptOwed({ marks, told: history.told.list() })) return false;
    const replaced = context.outbox.of(room.id).filter((entry) => entry.log === 'r' && !entry.frozen);
    const event = createReceipt({ watermarks: marks, clock: context.tick() });
    await context.outbox.add({ conversation: room.id, log: 'r', event: event.id, bytes: encodeEvent(event) });
    await context.outbox.remove(replaced);
    for (const mark of marks) history.told.raise(mark);
    context.summaries.put(room.id, { ...summary, told: history.told.list() });
    return true;
  });
}

/** Whether what other own devices said is here: one receipt of an account does. */
async function knowsReceipts({ heads, incoming }: DeviceContext, room: Room): Promise<boolean> {
  const { log } = room.history.receipts;
  if (!heads.known(log)) return false;
  const { segment, count } = heads.of(log);
  return envelopesIn(await incoming.vector(documentName(log, segment))) >= count;
}

/**
 * A receipt is sealed by a chain that every device of every member is given first. In a large group only who writes there
 * anyway has one: else each reader would write to each.
 */
function isWorthTelling({ people, self }: DeviceContext, room: Room): boolean {
  const epoch = room.meaning?.epoch ?? 0;
  if (room.kind === 'direct' || room.chains.own({ epoch, generation: self.generation })) return true;
  const devices = room.members.map((account) => people.atHand(account)?.list.list.devices.length ?? 1);
  return devices.reduce((sum, count) => sum + count, 0) <= RECEIPT_DEVICES;
}

import type { LogName } from '@sotto/protocol';
import { LIMITS, ProtocolError, parseLogName } from '@sotto/protocol';
import type { Subscription } from '../peers/subscriptions.js';
import type { Requester } from './requester.js';

/** Opens a log: first the subscription, then access, then the head (SPEC W4). */
export function subscribe(device: Requester, log: LogName): void {
  const { subscriptions } = device.parts;
  const about = { batch: 0, subject: log };
  if (subscriptions.count(device) >= LIMITS.subscriptions && !subscriptions.isOpen(device, log)) {
    device.refuse(new ProtocolError('sync/too-many-open'), about);
    return;
  }
  const refusal = device.parts.pace.read(device.identity.account);
  if (refusal) {
    device.refuse(refusal, about);
    return;
  }
  const place = subscriptions.begin(device, log);
  device.run(`subscribe ${log}`, log.length, about, () => open(device, place));
}

async function open(device: Requester, place: Subscription): Promise<void> {
  const { log: store, reads, rights, subscriptions } = device.parts;
  const { log } = place;
  try {
    await rights.read(device.identity, parseLogName(log).log);
    if (place.lost) throw new ProtocolError('sync/not-a-member');
    // Given up meanwhile by the device.
    if (!subscriptions.stands(device, place)) return;
    place.open = true;
    const { segment, count } = await reads.use(() => store.head(log));
    if (subscriptions.stands(device, place)) device.send({ type: 'head', log, segment, count });
  } catch (error) {
    if (subscriptions.stands(device, place)) subscriptions.end(device, log);
    throw error;
  }
}

export function unsubscribe(device: Requester, log: LogName): void {
  device.parts.subscriptions.end(device, log);
}

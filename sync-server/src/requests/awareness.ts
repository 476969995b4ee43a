import { encodeServerFrame, LIMITS, ProtocolError } from '@sotto/protocol';
import { Outgoing } from '../transport/outgoing.js';
import type { FrameOf, Requester } from './requester.js';

/** Passes a sealed awareness state to the log's other subscribers, and keeps nothing of it (SPEC W10). */
export function relayAwareness(device: Requester, { log, payload }: FrameOf<'awareness'>): void {
  const { pace, subscriptions } = device.parts;
  const refusal =
    payload.length > LIMITS.awarenessBytes
      ? 'sync/too-large'
      : subscriptions.isOpen(device, log)
        ? undefined
        : 'sync/not-a-member';
  if (refusal) {
    device.refuse(new ProtocolError(refusal), { batch: 0, subject: log });
    return;
  }
  if (!pace.awareness(device.identity.device)) return;
  const frame = new Outgoing(encodeServerFrame({ type: 'awareness', log, payload }));
  for (const peer of subscriptions.of(log)) if (peer !== device) peer.awareness(log, frame);
}

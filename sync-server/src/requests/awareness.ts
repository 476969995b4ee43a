import { LIMITS, ProtocolError } from '@sotto/protocol';
import { spreadAwareness } from '../peers/awareness.js';
import type { FrameOf, Requester } from './requester.js';

/** Passes a sealed awareness state to the log's other subscribers, and keeps nothing of it (SPEC W10). */
export function relayAwareness(device: Requester, { log, payload }: FrameOf<'awareness'>): void {
  const { pace, relay, subscriptions } = device.parts;
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
  spreadAwareness(subscriptions, log, payload, device);
  relay.publish(log, payload);
}

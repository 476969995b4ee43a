import type { LogName } from '@sotto/protocol';
import { encodeServerFrame } from '@sotto/protocol';
import type { Unsubscribe } from '@sotto/store';
import type { AwarenessRelay } from '../awareness/relay.js';
import { Outgoing } from '../transport/outgoing.js';
import type { Peer } from './peers.js';
import type { Subscriptions } from './subscriptions.js';

/** Passes a sealed awareness state to a log's subscribers here, encoded once (SPEC W10). */
export function spreadAwareness(
  subscriptions: Subscriptions,
  log: LogName,
  payload: Uint8Array,
  from?: Peer,
): void {
  let frame: Outgoing | undefined;
  for (const peer of subscriptions.of(log)) {
    if (peer === from) continue;
    frame ??= new Outgoing(encodeServerFrame({ type: 'awareness', log, payload }));
    peer.awareness(log, frame);
  }
}

/** Passes on what devices at other servers say. */
export function followAwareness(relay: AwarenessRelay, subscriptions: Subscriptions): Unsubscribe {
  return relay.listen((log, payload) => spreadAwareness(subscriptions, log, payload));
}

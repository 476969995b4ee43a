import type { ClientGrant } from '@sotto/protocol';
import { LIMITS, ProtocolError } from '@sotto/protocol';
import type { Requester } from './requester.js';

/** Grants a fresh Yjs client id (SPEC G1, G2). */
export function grant(device: Requester): void {
  if (device.clients.size >= LIMITS.grants) {
    const error = new ProtocolError('sync/too-many-open', { detail: 'grants' });
    device.refuse(error, { batch: 0, subject: '' });
    return;
  }
  const granted = device.parts.grants.issue(device.identity.device);
  device.clients.add(granted.client);
  device.send({ type: 'granted', grant: granted });
}

/** Takes the client ids that hello presents; one that is not this device's is refused and counts as not presented. */
export function present(device: Requester, grants: readonly ClientGrant[]): void {
  for (const presented of grants) {
    if (device.parts.grants.holds(device.identity.device, presented)) device.clients.add(presented.client);
    else device.refuse(new ProtocolError('sync/client-id'), { batch: 0, subject: String(presented.client) });
  }
}

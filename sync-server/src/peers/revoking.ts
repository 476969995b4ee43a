import { ProtocolError } from '@sotto/protocol';
import type { Logger } from '@sotto/service';
import type { Access, AccessLists, Bans, Claim, ClaimStore, Unsubscribe } from '@sotto/store';
import {
  DEVICE_LISTS,
  isDeviceListKey,
  isLeaseKey,
  isMember,
  isSessionEndedKey,
  LEASES,
  parseDeviceListKey,
  parseLeaseKey,
  parseSessionEndedKey,
  SESSIONS_ENDED,
} from '@sotto/store';
import type { Overtaking } from './overtaking.js';
import type { Peers } from './peers.js';
import type { Subscriptions } from './subscriptions.js';
import { conversationLogs } from './subscriptions.js';

interface Needs {
  readonly access: AccessLists;
  readonly bans: Bans;
  readonly claims: ClaimStore;
  readonly logger: Logger;
  readonly peers: Peers;
  readonly overtaking: Overtaking;
  readonly subscriptions: Subscriptions;
}

/**
 * Follows what ends or changes somebody's access, on whichever server it was decided (SPEC S10, W11).
 * @param interrupted called when some of it may never be told here
 */
export function followRevocations(parts: Needs, interrupted: () => void): Unsubscribe {
  const stops = [
    parts.access.watch((now, before) => tellAccess(parts, now, before)),
    parts.claims.watch(
      SESSIONS_ENDED,
      ({ key }) => {
        if (!isSessionEndedKey(key)) return;
        for (const peer of parts.peers.ofSession(parseSessionEndedKey(key)))
          peer.fail(new ProtocolError('auth/session-invalid'));
      },
      interrupted,
    ),
    parts.bans.watch((account) => {
      for (const peer of parts.peers.ofAccount(account))
        peer.fail(new ProtocolError('auth/forbidden', { detail: 'banned' }));
    }),
    parts.claims.watch(LEASES, ({ key }) => {
      if (!isLeaseKey(key)) return;
      const { device, number } = parseLeaseKey(key);
      void parts.overtaking.end(device, { number });
    }),
    parts.claims.watch(DEVICE_LISTS, (claim) => {
      if (!isDeviceListKey(claim.key)) return;
      tellDevices(parts, claim).catch((error) =>
        parts.logger.error({ err: error }, 'sync: devices notice failed'),
      );
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Goes by the list that counts now: the one before may be unknown. */
function tellAccess({ peers, subscriptions }: Needs, now: Access, before: Access | undefined): void {
  const { conversation, counter } = now;
  const told = new Set(subscriptions.ofConversation(conversation));
  for (const { account } of [...now.members, ...(before?.members ?? [])])
    for (const peer of peers.ofAccount(account)) told.add(peer);
  for (const peer of new Set([...told, ...subscriptions.atConversation(conversation)])) {
    const member = isMember(now, peer.identity.account);
    const ended = member
      ? []
      : conversationLogs(conversation).filter((log) => subscriptions.revoke(peer, log));
    // Whoever only waits for an answer may be a stranger, who must not learn that there is such a conversation.
    if (told.has(peer)) peer.notice({ kind: 'access', conversation, counter, member });
    if (now.erased && told.has(peer)) peer.erased(conversationLogs(conversation));
    else if (ended.length > 0) peer.revoked(ended);
  }
}

async function tellDevices({ access, peers, subscriptions }: Needs, { key }: Claim): Promise<void> {
  const { account, version } = parseDeviceListKey(key);
  const told = new Set(peers.ofAccount(account));
  for (const { conversation } of await access.of(account)) {
    const list = await access.current(conversation);
    // A member whose subscription is being opened misses nothing; a stranger who tries to learns nothing.
    for (const peer of subscriptions.atConversation(conversation))
      if (list && isMember(list, peer.identity.account)) told.add(peer);
  }
  for (const peer of told) peer.notice({ kind: 'devices', account, version });
}

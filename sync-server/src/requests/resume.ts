import type { ConversationHead, LogName } from '@sotto/protocol';
import { LIMITS, logName, parseLogName } from '@sotto/protocol';
import { isMember } from '@sotto/store';
import { NO_CURSOR } from '../activity/cursor.js';
import { conversationLogs } from '../peers/subscriptions.js';
import type { Requester } from './requester.js';
import { subscribe } from './subscribe.js';

/**
 * Answers a cursor (SPEC C3): opens every log of a device and says in which of them something happened since, all in one moment
 * and from memory. Those are opened as if they had been asked for by name.
 * @param conversations that the account belongs to
 */
export function resume(
  device: Requester,
  conversations: readonly ConversationHead[],
  cursor: Uint8Array,
): void {
  const { activity, subscriptions } = device.parts;
  const logs = logsOf(device, conversations);
  const fresh = activity?.cursor() ?? NO_CURSOR;
  // Nothing can come between this look and the places that are taken below.
  const isActive = logs.length <= LIMITS.subscriptions ? activity?.since(cursor) : undefined;
  if (!isActive) {
    device.send({ type: 'resumed', isAll: true, cursor: fresh, logs: [] });
    return;
  }
  const active: LogName[] = [];
  for (const log of logs) {
    if (isActive(log) || !mayRead(device, log)) active.push(log);
    else subscriptions.begin(device, log).open = true;
  }
  device.send({ type: 'resumed', isAll: false, cursor: fresh, logs: active });
  for (const log of active) subscribe(device, log);
}

/** Every log that a device follows. */
function logsOf({ identity }: Requester, conversations: readonly ConversationHead[]): LogName[] {
  return [
    logName('i', identity.device),
    logName('a', identity.account),
    logName('k', identity.account),
    ...conversations.flatMap(({ conversation }) => conversationLogs(conversation)),
  ];
}

/** As far as is known at this moment, without asking: a member may have been removed since the welcome was put together. */
function mayRead({ identity, parts }: Requester, name: LogName): boolean {
  const { log } = parseLogName(name);
  if (log.kind !== 'm' && log.kind !== 'r' && log.kind !== 's') return true;
  const list = parts.access.peek(log.owner);
  return list !== undefined && isMember(list, identity.account);
}

import type { LogRecord } from '@sotto/protocol';
import { parseDocumentName } from '@sotto/protocol';
import type { LogStore, Unsubscribe } from '@sotto/store';
import { splitRuns } from '../log/runs.js';
import { Delivery } from './delivery.js';
import type { Subscriptions } from './subscriptions.js';

/**
 * Passes on what became durable, here or on another server, to who subscribed (SPEC W4). Driven by the log's tail alone, so
 * nothing is seen by others before it is durable (S1).
 * @param most bytes of one frame, about
 * @param interrupted called when something may have become durable that this server is never told of
 */
export function broadcastTail(
  log: LogStore,
  subscriptions: Subscriptions,
  most: number,
  interrupted: () => void,
): Unsubscribe {
  return log.tail((records) => {
    for (const run of splitRuns(records, most)) broadcast(run, subscriptions);
  }, interrupted);
}

function broadcast(run: readonly LogRecord[], subscriptions: Subscriptions): void {
  const { log, document } = parseNames(run);
  let delivery: Delivery | undefined;
  const { client } = run[0]!;
  subscriptions.each(log, (subscriber) => {
    if (subscriber.clients.has(client)) return;
    if (subscriber.document !== undefined && subscriber.document !== document) return;
    delivery ??= new Delivery(log, run);
    subscriber.deliver(delivery);
  });
}

function parseNames(run: readonly LogRecord[]) {
  const { name, log } = parseDocumentName(run[0]!.document);
  return { log, document: name };
}

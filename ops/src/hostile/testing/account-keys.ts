import { type AccountId, ANSWER, documentName, joinUpdate, logName, parseUpdate } from '@sotto/protocol';
import type { World } from './world.js';

/** A key that the account's owner never made. */
export function randomKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}

/** Whether something in an account's log opens by this key. */
export async function isSealedBy(
  { servers }: World,
  account: AccountId,
  secret: Uint8Array,
): Promise<boolean> {
  const log = documentName(logName('a', account), 0);
  const records = await servers.stores.log.read(log, new Map());
  const elements = parseUpdate(joinUpdate(records), log, ANSWER).flatMap(({ structs }) => structs);
  const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'AES-GCM', false, ['decrypt']);
  const additionalData = new TextEncoder().encode('Sotto account log v1');
  for (const { envelope } of elements) {
    const iv = envelope.slice(0, 12);
    const opened = await crypto.subtle
      .decrypt({ name: 'AES-GCM', iv, additionalData }, key, envelope.slice(12))
      .then(
        () => true,
        () => false,
      );
    if (opened) return true;
  }
  return false;
}

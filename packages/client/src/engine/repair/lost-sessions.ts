import type { AccountId, DeviceId } from '@sotto/protocol';
import { idBytes, idFromBytes } from '@sotto/protocol';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

/** Somebody's device. */
export interface Address {
  readonly account: AccountId;
  readonly device: DeviceId;
}

const PREFIX = 'lost/';
/** In the message store: conversations in which envelopes wait for their keys. */
export const WAITS = 'waits/';

/** The change that remembers that a device's record did not open, until it has heard of it over a fresh session. */
export function lostWrite({ account, device }: Address): KeyWrite {
  return { key: PREFIX + device, value: idBytes(account) };
}

export function healedWrite(device: DeviceId): KeyWrite {
  return { key: PREFIX + device, value: undefined };
}

/** Devices that have not heard of it yet. */
export async function lostSessions(keys: KeyStore): Promise<Address[]> {
  const entries = await keys.list(PREFIX);
  return entries.map(([key, value]) => ({
    account: idFromBytes<AccountId>(value),
    device: key.slice(PREFIX.length) as DeviceId,
  }));
}

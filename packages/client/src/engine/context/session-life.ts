import type { AccountId, DeviceId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

interface Address {
  readonly account: AccountId;
  readonly device: DeviceId;
}

const key = ({ account, device }: Address): string => `session-life/${account}/${device}`;

/** The lease under which the session that this device sends by was begun; undefined for one that it has not begun itself. */
export async function sessionLife(keys: KeyStore, address: Address): Promise<number | undefined> {
  const value = await keys.get(key(address));
  return value && decodeCbor(schemas.count, value);
}

/** The change that remembers it, in one write with the session. */
export function sessionLifeWrite(address: Address, lease: number): KeyWrite {
  return { key: key(address), value: encodeCbor(lease) };
}

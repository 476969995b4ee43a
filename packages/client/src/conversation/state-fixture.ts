import { type AccountId, type ConversationId, type DeviceId, idBytes } from '@sotto/protocol';
import { generateIdentityKeyPair, type IdentityKeyPair } from '../crypto/index.js';
import { directConversationId } from './direct.js';
import { clock, id } from './envelope-fixture.js';
import type { Admission, Role, Rotation } from './state-body.js';
import type { CreateEvent, EpochEvent, KnownStateEvent } from './state-event.js';
import { type KnownDevice, readStateEvent, signStateEvent, verifyStateEvent } from './state-signature.js';

/** Somebody with one device. Only for tests. */
export interface Party {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly keys: IdentityKeyPair;
  readonly identity: Uint8Array;
}

export function party(fill: number): Party {
  return {
    account: id<AccountId>(fill),
    device: id<DeviceId>(fill + 1),
    keys: generateIdentityKeyPair(),
    identity: generateIdentityKeyPair().publicKey,
  };
}

export const ada = party(0x20);
export const ben = party(0x30);
export const eve = party(0x40);
export const direct: ConversationId = directConversationId(ada.account, ben.account);

/** As a list says it that has always named the device. */
export function known({ account, keys, identity }: Party): KnownDevice {
  return { account, key: keys.publicKey, identities: [identity], newest: 1, isPastKnown: true };
}

export function devices(device: DeviceId): KnownDevice | undefined {
  const found = [ada, ben, eve].find((somebody) => somebody.device === device);
  return found && known(found);
}

export function admitting({ account, identity }: Party, role: Role = 'admin'): Admission {
  return { account, identity, role };
}

/** A rotation that says which one it is. */
export function rotation(number: number): Rotation {
  return { id: new Uint8Array(8).fill(number), previous: new Uint8Array(60) };
}

/** What every state event of a party says. */
export function said(by: Party, parents: readonly Uint8Array[], counter: number, conversation = direct) {
  return { conversation, parents, device: by.device, account: by.account, clock, counter };
}

export function creation(
  by: Party,
  more: Partial<CreateEvent['body']> = {},
  conversation = direct,
): CreateEvent {
  const members = [ada, ben].map((somebody) => admitting(somebody));
  const body = {
    kind: 'direct',
    name: '',
    members,
    past: false,
    nonce: idBytes(by.account),
    ...more,
  } as const;
  return { ...said(by, [], 1, conversation), type: 'create', body };
}

export function epoch(by: Party, number: number, parents: readonly Uint8Array[]): EpochEvent {
  return { ...said(by, parents, number + 1), type: 'epoch', body: { epoch: number, key: rotation(number) } };
}

/** Signs, verifies and hashes an event. */
export async function verified(event: KnownStateEvent, by: Party) {
  const signed = signStateEvent(event, by.keys);
  return await verifyStateEvent(signed, event.conversation, devices);
}

export function hashOf(signed: Uint8Array): Uint8Array {
  return readStateEvent(signed).hash;
}

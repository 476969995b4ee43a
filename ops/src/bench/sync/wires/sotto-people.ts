import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  ACCESS_AUDIENCE,
  type AccountId,
  type ConversationId,
  type DeviceId,
  documentName,
  encodeStruct,
  feedRoot,
  type LogName,
  logName,
  randomId,
  type SessionId,
  TOKEN_ISSUER,
  toBase64url,
} from '@sotto/protocol';
import { AccessLists, type ClaimStore, leaseKey, type Stores } from '@sotto/store';
import { openPlace, type Place } from '../servers/place.js';
import type { SottoKeys } from '../servers/sotto.js';

/** How many conversations are made at once: their writes share an fsync. */
const AT_ONCE = 64;
const DAY_S = 86_400;

/** A member's one device. */
export interface Person {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly token: string;
}

export interface Conversation {
  readonly log: LogName;
  readonly people: readonly Person[];
}

/** The one life of every device. */
export const LEASE = { number: 1, nonce: new Uint8Array(16) };

const keys = generateKeyPairSync('ed25519');
export const sottoKeys: SottoKeys = {
  token: keys.publicKey.export({ format: 'jwk' }),
  grant: randomBytes(32).toString('base64url'),
};

const json = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An access token (SPEC H14), as the auth server gives it out. */
function accessToken(account: AccountId, device: DeviceId): string {
  const claims = {
    ...{ sub: account, sid: randomId<SessionId>(), did: device, jti: randomId() },
    ...{ iss: TOKEN_ISSUER, aud: ACCESS_AUDIENCE, exp: Math.floor(Date.now() / 1_000) + DAY_S },
  };
  const signed = `${json({ alg: 'EdDSA' })}.${json(claims)}`;
  return `${signed}.${toBase64url(new Uint8Array(sign(null, Buffer.from(signed), keys.privateKey)))}`;
}

function makePerson(): Person {
  const [account, device] = [randomId<AccountId>(), randomId<DeviceId>()];
  return { account, device, token: accessToken(account, device) };
}

/** Makes conversations straight in the server's stores, as its own `advance` would. */
export async function makeConversations(
  place: Place,
  count: number,
  members: number,
): Promise<Conversation[]> {
  const stores = await openPlace(place);
  const access = new AccessLists(stores.log, stores.claims);
  const { claims } = stores;
  const made: Conversation[] = [];
  while (made.length < count) {
    const next = Array.from({ length: Math.min(AT_ONCE, count - made.length) }, () =>
      makeConversation(access, claims, members),
    );
    made.push(...(await Promise.all(next)));
  }
  access.close();
  await stores.close();
  return made;
}

async function makeConversation(
  access: AccessLists,
  claims: ClaimStore,
  members: number,
): Promise<Conversation> {
  const conversation = randomId<ConversationId>();
  const people = Array.from({ length: members }, makePerson);
  const [founder] = people;
  const client = randomBytes(6).readUIntBE(0, 6);
  const document = documentName(logName('s', conversation), 0);
  const body = encodeStruct(feedRoot(founder!.device, client), client, 0, new Uint8Array(64));
  await access.advance({
    conversation,
    counter: 0,
    change: {
      kind: 'group',
      members: people.map(({ account }, index) => ({ account, role: index === 0 ? 'admin' : 'member' })),
    },
    by: founder!,
    records: [{ document, client, clock: 0, body }],
  });
  // Of the life that connects again, as after every interruption; a new one begins with an engine's start (SPEC G4).
  await Promise.all(people.map(({ device }) => claims.own(leaseKey(device, LEASE.number), LEASE.nonce)));
  return { log: logName('m', conversation), people };
}

/** Opens the stores of a server that does not run. */
export async function withStores<T>(place: Place, act: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = await openPlace(place);
  try {
    return await act(stores);
  } finally {
    await stores.close();
  }
}

import type { AccountId, DeviceId } from '@sotto/protocol';
import { idBytes, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import { accountField, deviceField, publicKeyField, uint32Field } from './fields.js';
import { SHORT_HASH_BYTES } from './hash.js';

const MAX_MEMBERS = 1_024;
/** Most feeds that an event names of somebody who goes. */
export const MAX_FEEDS = 1_024;
/** Most devices that one event bounds. */
export const MAX_BOUND = 64;
/** Longest name of a group, in UTF-16 code units. */
export const MAX_NAME = 100;
/** A sealed state key: nonce, key, tag. */
const SEALED_KEY_BYTES = 12 + 32 + 16;

export type Role = 'admin' | 'member';

export interface Member {
  readonly account: AccountId;
  /** Account identity key, 0x05 then 32 bytes, as whoever admitted the member knew it. */
  readonly identity: Uint8Array;
}

/** Somebody let in, and as what. */
export interface Admission extends Member {
  readonly role: Role;
}

/** The last envelope of a feed in `m` that was there when its author went. */
export interface FeedEnd {
  readonly device: DeviceId;
  readonly generation: number;
  readonly seq: number;
  /** Hash of its event, 16 bytes. */
  readonly hash: Uint8Array;
}

/** A new state key: the event that names it is sealed under it. */
export interface Rotation {
  /** Key id (SPEC X10), 8 bytes. */
  readonly id: Uint8Array;
  /** The key before it, sealed under it: see `sealPreviousKey`. */
  readonly previous: Uint8Array;
}

/** What each type of state event says beside what all say (SPEC X11). */
export interface StateBodies {
  /** Makes the conversation. In a direct one everybody is admin, the name empty and the past not shared. */
  create: {
    readonly kind: 'direct' | 'group';
    readonly name: string;
    readonly members: readonly Admission[];
    /** Whether who joins later is given what was said before. */
    readonly past: boolean;
    /** 16 random bytes. A group's id is derived from them and the founder. */
    readonly nonce: Uint8Array;
  };
  add: { readonly members: readonly Admission[] };
  /** Takes people out and begins an epoch. */
  remove: {
    readonly members: readonly { readonly account: AccountId; readonly feeds: readonly FeedEnd[] }[];
    readonly epoch: number;
    readonly key: Rotation;
  };
  /** The author goes. Somebody who stays begins the next epoch. */
  leave: Readonly<Record<never, never>>;
  role: { readonly account: AccountId; readonly role: Role };
  rename: { readonly name: string };
  past: { readonly shared: boolean };
  /** A member has another account key as well, which the author has accepted. */
  identity: Member;
  /** From here on, members seal under chains of this epoch. */
  epoch: { readonly epoch: number; readonly key: Rotation };
  /** Devices that are on the author's device list no more: what they said counts as far as their feeds are named. */
  bound: {
    /** Version of the author's device list that names none of them. */
    readonly list: number;
    readonly devices: readonly DeviceId[];
    readonly feeds: readonly FeedEnd[];
  };
}

export type StateType = keyof StateBodies;

const roleField = v.pipe(
  v.picklist([0, 1]),
  v.transform((role): Role => (role === 0 ? 'admin' : 'member')),
);
const roleNumber = (role: Role): number => (role === 'admin' ? 0 : 1);

const admissionField = v.pipe(
  v.strictTuple([accountField, publicKeyField, roleField]),
  v.transform(([account, identity, role]): Admission => ({ account, identity, role })),
);

const feedField = v.pipe(
  v.strictTuple([deviceField, uint32Field, schemas.count, schemas.bytesOf(SHORT_HASH_BYTES)]),
  v.transform(([device, generation, seq, hash]): FeedEnd => ({ device, generation, seq, hash })),
);
const feedsField = v.pipe(v.array(feedField), v.maxLength(MAX_FEEDS));

const leavingField = v.pipe(
  v.strictTuple([accountField, feedsField]),
  v.transform(([account, feeds]) => ({ account, feeds })),
);

const rotationField = v.pipe(
  v.strictTuple([schemas.bytesOf(8), schemas.bytesOf(SEALED_KEY_BYTES)]),
  v.transform(([id, previous]): Rotation => ({ id, previous })),
);

/** Empty in a direct conversation; no control characters, so that no name breaks a line or hides. */
const nameField = v.pipe(v.string(), v.maxLength(MAX_NAME), v.regex(/^[^\p{Cc}]*$/u));

function distinct<T extends { readonly account: AccountId }>() {
  return v.check<T[], string>(
    (members) => new Set(members.map(({ account }) => account)).size === members.length,
    'repeated',
  );
}

const admissions = v.pipe(
  v.array(admissionField),
  v.minLength(1),
  v.maxLength(MAX_MEMBERS),
  distinct<Admission>(),
);
const epochField = v.pipe(uint32Field, v.minValue(1));

export const stateBodySchemas = {
  create: v.object({
    kind: v.picklist(['direct', 'group']),
    name: nameField,
    members: admissions,
    past: v.boolean(),
    nonce: schemas.bytesOf(16),
  }),
  add: v.object({ members: admissions }),
  remove: v.object({
    members: v.pipe(v.array(leavingField), v.minLength(1), v.maxLength(MAX_MEMBERS), distinct()),
    epoch: epochField,
    key: rotationField,
  }),
  leave: v.object({}),
  role: v.object({ account: accountField, role: roleField }),
  rename: v.object({ name: nameField }),
  past: v.object({ shared: v.boolean() }),
  identity: v.object({ account: accountField, identity: publicKeyField }),
  epoch: v.object({ epoch: epochField, key: rotationField }),
  bound: v.object({
    list: schemas.count,
    devices: v.pipe(v.array(deviceField), v.minLength(1), v.maxLength(MAX_BOUND)),
    feeds: feedsField,
  }),
} as const;

type Encoders = { readonly [T in StateType]: (body: StateBodies[T]) => unknown };

/** How each body is written in CBOR. */
export const stateBodyEncoders: Encoders = {
  create: (body) => ({ ...body, members: body.members.map(admitted) }),
  add: ({ members }) => ({ members: members.map(admitted) }),
  remove: ({ members, epoch, key }) => ({
    members: members.map(({ account, feeds }) => [idBytes(account), feeds.map(feedEnd)]),
    epoch,
    key: rotation(key),
  }),
  leave: () => ({}),
  role: ({ account, role }) => ({ account: idBytes(account), role: roleNumber(role) }),
  rename: ({ name }) => ({ name }),
  past: ({ shared }) => ({ shared }),
  identity: ({ account, identity }) => ({ account: idBytes(account), identity }),
  epoch: ({ epoch, key }) => ({ epoch, key: rotation(key) }),
  bound: ({ list, devices, feeds }) => ({ list, devices: devices.map(idBytes), feeds: feeds.map(feedEnd) }),
};

function admitted({ account, identity, role }: Admission): unknown {
  return [idBytes(account), identity, roleNumber(role)];
}

function feedEnd({ device, generation, seq, hash }: FeedEnd): unknown {
  return [idBytes(device), generation, seq, hash];
}

function rotation({ id, previous }: Rotation): unknown {
  return [id, previous];
}

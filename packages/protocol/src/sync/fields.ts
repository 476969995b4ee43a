import type { ByteReader } from '../bytes/reader.js';
import type { ByteWriter } from '../bytes/writer.js';
import { DecodeError } from '../errors/decode-error.js';
import type { AccountId } from '../ids.js';
import { parseId } from '../ids.js';
import { LIMITS } from '../limits.js';
import type { AccessChange, AccessMember, ClientGrant, Lease } from './frames.js';

export const MAC_BYTES = 16;

/** A count followed by that many values. */
export function writeList<T>(writer: ByteWriter, values: readonly T[], write: (value: T) => void): void {
  writer.varUint(values.length);
  for (const value of values) write(value);
}

/** @param most refused above this many, before anything is allocated */
export function readList<T>(reader: ByteReader, most: number, read: () => T): T[] {
  const count = reader.varUint();
  if (count > most) throw new DecodeError('too-many');
  return Array.from({ length: count }, read);
}

export function writeGrant(writer: ByteWriter, grant: ClientGrant): void {
  writer.varUint(grant.client).raw(grant.mac);
}

export function readGrant(reader: ByteReader): ClientGrant {
  return { client: reader.varUint(), mac: reader.take(MAC_BYTES) };
}

const NONCE_BYTES = 16;

export function writeLease(writer: ByteWriter, lease: Lease): void {
  writer.varUint(lease.number).raw(lease.nonce);
}

export function readLease(reader: ByteReader): Lease {
  const number = reader.varUint();
  if (number < 1 || number > LIMITS.leaseNumber) throw new DecodeError('integer-range', 'lease');
  return { number, nonce: reader.take(NONCE_BYTES) };
}

const KINDS = ['direct', 'group'] as const;
const ROLES = ['admin', 'member'] as const;
/** Most members an access list can name. */
const MEMBERS = 1_024;

export function writeAccess(writer: ByteWriter, change: AccessChange): void {
  writer.varUint(KINDS.indexOf(change.kind));
  writeList(writer, change.members, (member) => {
    writer.varString(member.account).varUint(ROLES.indexOf(member.role));
  });
}

export function readAccess(reader: ByteReader): AccessChange {
  const kind = readChoice(reader, KINDS);
  const members = readList(reader, MEMBERS, (): AccessMember => {
    const account = parseId<AccountId>(reader.varString());
    return { account, role: readChoice(reader, ROLES) };
  });
  return { kind, members };
}

/** One of a fixed list, as its index. */
export function readChoice<T>(reader: ByteReader, choices: readonly T[]): T {
  const choice = choices[reader.varUint()];
  if (choice === undefined) throw new DecodeError('unknown-type');
  return choice;
}

export function readFlag(reader: ByteReader): boolean {
  return readChoice(reader, [false, true]);
}

/** A cursor: opaque to devices (SPEC C4). */
export function readCursor(reader: ByteReader): Uint8Array {
  const cursor = reader.varBytes();
  if (cursor.length > LIMITS.cursorBytes) throw new DecodeError('too-large', 'cursor');
  return cursor;
}

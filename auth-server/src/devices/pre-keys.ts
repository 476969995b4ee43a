import { randomInt } from 'node:crypto';
import type { DeviceId } from '@sotto/protocol';
import { type addPreKeysRequest, ProtocolError } from '@sotto/protocol';
import type { Claim, ClaimStore } from '@sotto/store';
import type { InferOutput } from 'valibot';
import type { PreKeyKind } from '../records/keys.js';
import { preKeyKey, preKeyPrefix, preKeyTakenKey } from '../records/keys.js';
import { ownOnce, ownSame } from '../records/own-same.js';
import {
  curvePreKeyRecord,
  emptyRecord,
  kemPreKeyRecord,
  type RecordFormat,
  signedPreKeyRecord,
} from '../records/record.js';

export type PreKeys = InferOutput<typeof addPreKeysRequest>;
type OneTimeKind = Extract<PreKeyKind, 'one' | 'kem'>;

/** One-time keys of a kind that the server keeps for one device. */
export const KEPT_ONE_TIME = 200;

interface Upload {
  readonly kind: PreKeyKind;
  readonly id: number;
  readonly body: Uint8Array;
}

function uploads(keys: PreKeys): Upload[] {
  const of = <T extends { id: number }>(
    kind: PreKeyKind,
    format: RecordFormat<T & { v: 1 }>,
    key: T,
  ): Upload => ({
    kind,
    id: key.id,
    body: format.encode({ ...key, v: 1 }),
  });
  return [
    of('signed', signedPreKeyRecord, keys.signed),
    of('last', kemPreKeyRecord, keys.lastResortKem),
    ...keys.oneTime.map((key) => of('one', curvePreKeyRecord, key)),
    ...keys.oneTimeKem.map((key) => of('kem', kemPreKeyRecord, key)),
  ];
}

/** How many one-time keys of a kind are left. */
export async function countOneTime(claims: ClaimStore, device: DeviceId, kind: OneTimeKind): Promise<number> {
  return (await claims.list({ prefix: preKeyPrefix(device, kind) })).length;
}

/**
 * Keeps a device's public pre-keys; doing so again with the same keys changes nothing.
 * @throws ProtocolError `request/invalid` for another key under a known id, `request/too-large` for too many
 */
export async function storePreKeys(claims: ClaimStore, device: DeviceId, keys: PreKeys): Promise<void> {
  const counts = [
    keys.oneTime.length + (await countOneTime(claims, device, 'one')),
    keys.oneTimeKem.length + (await countOneTime(claims, device, 'kem')),
  ];
  if (counts.some((count) => count > KEPT_ONE_TIME)) throw new ProtocolError('request/too-large');
  const stored = await Promise.all(uploads(keys).map((upload) => store(claims, device, upload)));
  if (stored.includes(false)) throw new ProtocolError('request/invalid', { detail: 'pre-key id in use' });
}

/** Retries after the last of a device's keys went out bring the same ids; those stay taken. */
async function store(claims: ClaimStore, device: DeviceId, { kind, id, body }: Upload): Promise<boolean> {
  if (await claims.get(preKeyTakenKey(device, kind, id))) return true;
  return ownSame(claims, preKeyKey(device, kind, id), body);
}

/** Forgets the signed keys that newer ones replaced. */
export async function dropReplaced(claims: ClaimStore, device: DeviceId, keys: PreKeys): Promise<void> {
  await dropBut(claims, preKeyPrefix(device, 'signed'), preKeyKey(device, 'signed', keys.signed.id));
  await dropBut(claims, preKeyPrefix(device, 'last'), preKeyKey(device, 'last', keys.lastResortKem.id));
}

/** Forgets all pre-keys of a device that is no longer one. */
export async function dropPreKeys(claims: ClaimStore, device: DeviceId): Promise<void> {
  for (const kind of ['signed', 'last', 'one', 'kem'] as const)
    for (const { key } of await claims.list({ prefix: preKeyPrefix(device, kind) })) await claims.remove(key);
}

async function dropBut(claims: ClaimStore, prefix: string, kept: string): Promise<void> {
  for (const { key } of await claims.list({ prefix })) if (key !== kept) await claims.remove(key);
}

/** The key of a kind that was stored last. */
async function latest(claims: ClaimStore, device: DeviceId, kind: 'signed' | 'last'): Promise<Claim> {
  const kept = await claims.list({ prefix: preKeyPrefix(device, kind) });
  const newest = kept.reduce<Claim | undefined>(
    (best, next) => (best && best.at > next.at ? best : next),
    undefined,
  );
  if (!newest) throw new ProtocolError('service/unavailable', { detail: 'device without pre-keys' });
  return newest;
}

/** Takes a one-time key for good; two takers never get the same one. */
async function takeOneTime(
  claims: ClaimStore,
  device: DeviceId,
  kind: OneTimeKind,
): Promise<Uint8Array | undefined> {
  const prefix = preKeyPrefix(device, kind);
  const left = await claims.list({ prefix });
  // Takers at the same time begin at different keys, so that few collide.
  const start = left.length > 0 ? randomInt(left.length) : 0;
  for (const claim of [...left.slice(start), ...left.slice(0, start)]) {
    const id = Number(claim.key.slice(prefix.length));
    const won = await ownOnce(claims, preKeyTakenKey(device, kind, id), emptyRecord.encode({ v: 1 }));
    await claims.remove(claim.key);
    if (won) return claim.body;
  }
  return undefined;
}

/** A stored key as it goes out. */
function bare<T extends { v: 1 }>({ v: _, ...key }: T): Omit<T, 'v'> {
  return key;
}

/** Takes what a sender needs to open a session with a device. */
export async function takePreKeys(claims: ClaimStore, device: DeviceId) {
  const signed = bare(signedPreKeyRecord.decode((await latest(claims, device, 'signed')).body));
  const lastResort = await latest(claims, device, 'last');
  const kem = bare(kemPreKeyRecord.decode((await takeOneTime(claims, device, 'kem')) ?? lastResort.body));
  const one = await takeOneTime(claims, device, 'one');
  return { signed, kem, ...(one ? { oneTime: bare(curvePreKeyRecord.decode(one)) } : {}) };
}

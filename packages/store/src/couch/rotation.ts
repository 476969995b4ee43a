import * as v from 'valibot';
import type { CouchClient } from './couch-client.js';
import { unavailable } from './couch-client.js';
import { aboutDatabase, claimDatabases } from './layout.js';
import type { CouchSettings } from './settings.js';

/*
 * A part of the claims whose traces are to go is replaced by a new database while servers run. What each server goes by:
 *   announced          the new database is there, and everything goes on in the old one
 *   from `from` on     claims are taken in the new one, each guarded by a claim in the old one, so that a server that is not there
 *                      yet sees it; everything is read from both
 *   carried            what was confirmed in the old one is in the new one: the old one is read no more
 *   dropped            it is deleted
 */

/** Before a new database is written to all servers have to know of it, milliseconds. */
export const LEAD_MS = 180_000;
/** Servers ask so often what stands, milliseconds. */
export const ASK_MS = 10_000;
/** What was learnt longer ago is not gone by: nothing is claimed until it is known again, milliseconds. */
export const KNOWN_MS = 60_000;
/** From when on every server has come so far, whatever its clock, milliseconds. */
export const SETTLED_MS = 60_000;

const rotation = v.looseObject({
  _rev: v.optional(v.string()),
  /** Oldest first; `from` is when the one is written to, milliseconds since 1970. */
  generations: v.array(v.object({ number: v.number(), from: v.number() })),
  /** Nobody reads these any more from `at` on. */
  dropping: v.array(v.object({ number: v.number(), at: v.number() })),
});
export type Rotation = v.InferOutput<typeof rotation>;

/** What stands before anything was ever rotated. */
export const UNROTATED: Rotation = { generations: [{ number: 0, from: 0 }], dropping: [] };

/** Parts of the claims that can be replaced, by their first database. */
export function rotatingParts(settings: CouchSettings): string[] {
  return claimDatabases(settings).slice(1);
}

/** @param part name of its first database */
export function generationName(part: string, number: number): string {
  return number === 0 ? part : `${part}-${number}`;
}

const place = (settings: CouchSettings, part: string) => `${aboutDatabase(settings)}/rotation-${part}`;

/** @throws ProtocolError `sync/store-unavailable` */
export async function readRotation(
  client: CouchClient,
  settings: CouchSettings,
  part: string,
): Promise<Rotation> {
  const { status, body } = await client.ask({ method: 'GET', path: place(settings, part) });
  if (status === 404) return UNROTATED;
  const read = v.safeParse(rotation, body);
  if (!read.success) throw unavailable('CouchDB holds a rotation in another shape');
  return read.output;
}

/** @returns false when another process was quicker */
export async function writeRotation(
  client: CouchClient,
  settings: CouchSettings,
  part: string,
  next: Rotation,
): Promise<boolean> {
  const { status } = await client.ask({ method: 'PUT', path: place(settings, part), body: next, once: true });
  return status === 201;
}

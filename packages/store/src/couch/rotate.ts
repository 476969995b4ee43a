import { claimBranch, isClaim } from './claim-documents.js';
import { CouchClient } from './couch-client.js';
import type { CouchDocument, StoredDocument } from './database.js';
import { CouchDatabase } from './database.js';
import {
  generationName,
  LEAD_MS,
  type Rotation,
  readRotation,
  SETTLED_MS,
  writeRotation,
} from './rotation.js';
import { makeDatabase } from './set-up.js';
import type { CouchSettings } from './settings.js';

/** What a run came to. */
export type RotationStep =
  /** A new database was announced; servers write to it some minutes from now. */
  | 'announced'
  /** Something was begun not long ago: nothing to do yet. */
  | 'waiting'
  /** All that holds was carried over; the old database is read no more. */
  | 'carried'
  /** The old database is gone, and what was deleted in it with it. */
  | 'dropped'
  /** Another process was quicker. */
  | 'overtaken';

const PAGE = 256;
/** How long a database is written to before it is replaced, milliseconds. */
const EVERY_MS = 30 * 24 * 3_600_000;
/** After this nothing that was not confirmed in the old database is any more, milliseconds. */
const UNCONFIRMED_MS = 600_000;

/**
 * Replaces a part of the claims by a new database, a step a run: run it again until it says `dropped`. Servers go on meanwhile. Any number
 * of times, by any number of processes, after any crash.
 * @param part name of its first database, of {@link rotatingParts}
 * @param now milliseconds since 1970
 * @throws ProtocolError `sync/store-unavailable`
 */
export async function rotateClaims(
  settings: CouchSettings,
  part: string,
  now: number = Date.now(),
): Promise<RotationStep> {
  const client = new CouchClient({ ...settings, ...settings.home });
  try {
    const rotation = await readRotation(client, settings, part);
    const { generations, dropping } = rotation;
    const write = async (next: Rotation, step: RotationStep): Promise<RotationStep> =>
      (await writeRotation(client, settings, part, next)) ? step : 'overtaken';
    const [gone] = dropping;
    if (gone) {
      if (now < gone.at) return 'waiting';
      await drop(client, generationName(part, gone.number), gone.number === 0);
      return await write({ ...rotation, dropping: dropping.slice(1) }, 'dropped');
    }
    const [old, next] = generations;
    if (!old || !next) {
      if (now < (old?.from ?? 0) + EVERY_MS) return 'waiting';
      const number = (old?.number ?? 0) + 1;
      await makeDatabase(client, generationName(part, number), false);
      const more = [...generations, { number, from: now + LEAD_MS }];
      return await write({ ...rotation, generations: more }, 'announced');
    }
    if (now < next.from + SETTLED_MS + UNCONFIRMED_MS) return 'waiting';
    await carry(client, generationName(part, old.number), generationName(part, next.number));
    const at = now + LEAD_MS;
    return await write(
      { ...rotation, generations: [next], dropping: [{ number: old.number, at }] },
      'carried',
    );
  } finally {
    client.close();
  }
}

/** The first one is made anew, empty: servers open it whatever stands. */
async function drop(client: CouchClient, name: string, isFirst: boolean): Promise<void> {
  await client.ask({ method: 'DELETE', path: name });
  if (isFirst) await makeDatabase(client, name, false);
}

/** Everything that is confirmed, as it is. What is removed meanwhile is removed in the new one too. */
async function carry(client: CouchClient, from: string, to: string): Promise<void> {
  const [old, next] = [new CouchDatabase(client, from), new CouchDatabase(client, to)];
  for (let after = ''; ; ) {
    const range = { gte: `${after}\u0000`, lt: '\u{10ffff}', limit: PAGE, bodies: true };
    const rows = await old.range(undefined, range);
    const confirmed = await confirmedIn(
      old,
      rows.map(({ id }) => id),
    );
    await next.putAll([...confirmed.values()], (mine, stored) => mine.n === stored.n);
    const still = await confirmedIn(old, [...confirmed.keys()]);
    for (const [id, document] of confirmed) if (!still.has(id)) await withdraw(next, id, document);
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.id;
  }
}

/** What owns these keys, by quorum, as the first revision of a document. */
async function confirmedIn(
  database: CouchDatabase,
  ids: readonly string[],
): Promise<Map<string, CouchDocument>> {
  const found = new Map<string, CouchDocument>();
  for (const [id, leaves] of await database.getAll(ids)) {
    const owner = leaves.filter(isClaim).find((leaf) => claimBranch(leaf).until === undefined);
    if (owner) found.set(id, { _id: id, n: owner.n, b: owner.b, a: owner.a });
  }
  return found;
}

async function withdraw(database: CouchDatabase, id: string, document: CouchDocument): Promise<void> {
  const leaves: readonly StoredDocument[] = (await database.getAll([id])).get(id) ?? [];
  for (const leaf of leaves) if (leaf.n === document.n) await database.remove(leaf);
}

import { COUNTER, endOfPrefix, mayBeLeftOut } from '../claims/claim-record.js';
import type { Claim, ClaimRange } from '../claims/claim-store.js';
import { claimBranch, isClaim } from './claim-documents.js';
import type { CouchDatabase, StoredDocument } from './database.js';

const PAGE = 500;

/**
 * Confirmed claims in the order of their keys. One copy's range may lack what another node acknowledged just now. Of keys
 * that count up the newest is what matters: beyond the highest that was found, each next number is looked for by quorum.
 * @param recent keys under the prefix that changed just now, as far as this server knows: a quorum is asked for them
 */
export async function listClaims(
  database: CouchDatabase,
  range: ClaimRange,
  recent: readonly string[],
): Promise<Claim[]> {
  const limit = range.limit ?? Infinity;
  const known = await quorumOf(database, recent);
  let found: Claim[] = [];
  let ended = false;
  for (let after = range.after; !ended && found.length < limit; ) {
    const size = Math.max(2, Math.min(PAGE, limit - found.length + 1));
    const bounds = keyBounds({ ...range, ...(after === undefined ? {} : { after }) });
    if (!bounds) break;
    const rows = await database.range(undefined, {
      ...bounds,
      limit: size,
      reverse: range.reverse ?? false,
      bodies: true,
    });
    // A page that goes backwards begins with where the one before it ended.
    const fresh = rows.filter(({ id }) => id !== after).flatMap(({ doc }) => (doc ? [doc] : []));
    // Of recent keys a quorum knows better than this copy.
    found.push(...(await confirmed(database, fresh)).filter(({ key }) => !known.has(key)));
    ended = rows.length < size;
    after = rows.at(-1)?.id;
  }
  found = withRecent(found, [...known.values()].flat(), range, ended);
  const newer = range.reverse ? range.after === undefined : ended && found.length < limit;
  if (newer) await addNewer(database, range, found);
  return found.slice(0, limit);
}

/** The claim that is confirmed of each key, if one is. */
async function quorumOf(database: CouchDatabase, keys: readonly string[]): Promise<Map<string, Claim[]>> {
  const leaves = await database.getAll(keys);
  return new Map(
    keys.map((key) => {
      const branches = readable(leaves.get(key) ?? []).map(claimBranch);
      return [key, branches.flatMap(({ claim, until }) => (until === undefined ? [claim] : [])).slice(0, 1)];
    }),
  );
}

/** One claim in another shape fails the listing only where it may be the one that counts. */
function readable(leaves: readonly StoredDocument[]): StoredDocument[] {
  return leaves.filter((stored) => isClaim(stored) || !mayBeLeftOut(stored._id));
}

/** @param ended `found` goes to the range's end: otherwise nothing beyond its last key belongs to it yet */
function withRecent(found: Claim[], recent: readonly Claim[], range: ClaimRange, ended: boolean): Claim[] {
  const direction = range.reverse ? -1 : 1;
  const compare = (a: string, b: string) => direction * Buffer.compare(Buffer.from(a), Buffer.from(b));
  const last = found.at(-1)?.key;
  const fitting = recent.filter(
    ({ key }) =>
      (range.after === undefined || compare(key, range.after) > 0) &&
      (ended || last === undefined || compare(key, last) < 0),
  );
  return [...found, ...fitting].sort((a, b) => compare(a.key, b.key));
}

/** @returns both ends, included (the caller leaves `after` out), or nothing when nothing can lie between them */
function keyBounds({ prefix, after, reverse }: ClaimRange): { gte: string; lt: string } | undefined {
  const end = endOfPrefix(prefix);
  if (after === undefined) return { gte: prefix, lt: end };
  if (reverse) {
    const lt = isBelow(after, end) ? after : end;
    return isBelow(lt, prefix) ? undefined : { gte: prefix, lt };
  }
  if (isBelow(after, prefix)) return { gte: prefix, lt: end };
  return isBelow(after, end) ? { gte: `${after}\u0000`, lt: end } : undefined;
}

async function confirmed(database: CouchDatabase, documents: readonly StoredDocument[]): Promise<Claim[]> {
  const rivals = documents.filter((stored) => stored._conflicts).map(({ _id }) => _id);
  const leaves = await database.getAll(rivals);
  return documents.flatMap((stored) => {
    const branches = readable(leaves.get(stored._id) ?? [stored]).map(claimBranch);
    const owner = branches.find(({ until }) => until === undefined);
    return owner ? [owner.claim] : [];
  });
}

async function addNewer(
  database: CouchDatabase,
  { prefix, reverse }: ClaimRange,
  found: Claim[],
): Promise<void> {
  for (;;) {
    const match = COUNTER.exec((reverse ? found[0] : found.at(-1))?.key ?? '');
    if (!match) return;
    const [, before, digits] = match;
    const key = before! + String(Number(digits) + 1).padStart(digits!.length, '0');
    if (!key.startsWith(prefix)) return;
    const [owner] = (await database.branches(key))
      .map(claimBranch)
      .filter(({ until }) => until === undefined);
    if (!owner) return;
    if (reverse) found.unshift(owner.claim);
    else found.push(owner.claim);
  }
}

/** As the store compares: UTF-8 bytes, which is not how JavaScript compares beyond the basic plane. */
function isBelow(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

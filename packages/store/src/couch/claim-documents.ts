import type { PendingClaim } from '../claims/claim-record.js';
import type { Claim } from '../claims/claim-store.js';
import { unavailable } from './couch-client.js';
import type { CouchDocument, StoredDocument } from './database.js';

/*
 * A claim is a branch of the document that has its key as id: {n: nonce, b: body, a: when it was made, u: until when it holds
 * unconfirmed}. Confirming writes the branch on without `u`. Rivals who wrote at once through different nodes are branches
 * beside each other; each tells its own by the nonce.
 */

/** One branch as it was read. */
export interface ClaimBranch {
  readonly claim: Claim;
  /** Undefined once it is confirmed. */
  readonly until: number | undefined;
  readonly stored: StoredDocument;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

export function pendingDocument({ key, nonce, body, at, until }: PendingClaim): CouchDocument {
  return { _id: key, n: base64(nonce), b: base64(body), a: at, u: until };
}

/** The next revision of a branch: confirmed. */
export function confirmedDocument({ claim, stored }: ClaimBranch): CouchDocument {
  return { _id: claim.key, _rev: stored._rev, n: base64(claim.nonce), b: base64(claim.body), a: claim.at };
}

/** Is it a branch of a claim? Another shape was written by no server of ours. */
export function isClaim({ n, b, a }: StoredDocument): boolean {
  return typeof n === 'string' && typeof b === 'string' && typeof a === 'number';
}

/** @throws ProtocolError `sync/store-unavailable` for a document that no server of ours wrote */
export function claimBranch(stored: StoredDocument): ClaimBranch {
  const { _id: key, n, b, a, u } = stored;
  if (!isClaim(stored)) throw unavailable('CouchDB holds a claim in another shape');
  const claim = { key, nonce: plain(n as string), body: plain(b as string), at: a as number };
  return { claim, until: typeof u === 'number' ? u : undefined, stored };
}

/** Does it keep others out? */
export function holds({ until }: ClaimBranch, now: number): boolean {
  return until === undefined || now < until;
}

function plain(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

import type { PendingClaim } from './claim-record.js';
import { sameClaim } from './claim-record.js';
import type { Claim } from './claim-store.js';
import { ClaimTakenError } from './claim-store.js';

/** What lies under one key. At most one of the two. */
export interface KeyState {
  readonly confirmed: Claim | undefined;
  readonly pending: PendingClaim | undefined;
}

/** Something asked of one key. */
export type ClaimRequest =
  | { readonly do: 'claim'; readonly claim: PendingClaim }
  | { readonly do: 'own'; readonly claim: Claim }
  | { readonly do: 'confirm'; readonly claim: Claim }
  | { readonly do: 'release'; readonly claim: Claim }
  | { readonly do: 'erase'; readonly claim: { readonly key: string } }
  | { readonly do: 'remove'; readonly claim: { readonly key: string }; readonly only?: Claim };

export type ClaimOutcome =
  | { readonly taken: ClaimTakenError }
  /** `after` is set when something changes; `confirmed` when the world is to be told. */
  | { readonly taken: undefined; readonly after: KeyState | undefined; readonly confirmed: boolean };

const NOTHING: KeyState = { confirmed: undefined, pending: undefined };
const UNCHANGED: ClaimOutcome = { taken: undefined, after: undefined, confirmed: false };

const changed = (after: KeyState, confirmed = false): ClaimOutcome => ({
  taken: undefined,
  after,
  confirmed,
});
const taken = (key: string): ClaimOutcome => ({ taken: new ClaimTakenError(key) });

/**
 * Decides a request on the state of its key.
 * @param now milliseconds since 1970
 */
export function decideClaim(request: ClaimRequest, state: KeyState, now: number): ClaimOutcome {
  switch (request.do) {
    case 'claim':
      if (isHeld(state, now)) return taken(request.claim.key);
      return changed({ confirmed: undefined, pending: request.claim });
    case 'own':
      if (isHeld(state, now)) return taken(request.claim.key);
      return changed({ confirmed: request.claim, pending: undefined }, true);
    case 'confirm':
      return confirm(request.claim, state);
    case 'release':
      return state.pending && sameClaim(state.pending, request.claim) ? changed(NOTHING) : UNCHANGED;
    case 'erase':
      return changed(NOTHING);
    case 'remove':
      return state.confirmed && isMeant(state.confirmed, request.only)
        ? changed({ ...state, confirmed: undefined })
        : UNCHANGED;
  }
}

function isMeant(claim: Claim, only: Claim | undefined): boolean {
  return only === undefined || sameClaim(claim, only);
}

function isHeld({ confirmed, pending }: KeyState, now: number): boolean {
  return confirmed !== undefined || (pending !== undefined && now < pending.until);
}

/** An expired claim can still be confirmed as long as nobody took it. */
function confirm(claim: Claim, { confirmed, pending }: KeyState): ClaimOutcome {
  if (confirmed && sameClaim(confirmed, claim)) return UNCHANGED;
  if (!pending || !sameClaim(pending, claim)) return taken(claim.key);
  return changed({ confirmed: claim, pending: undefined }, true);
}

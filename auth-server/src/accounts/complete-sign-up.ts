import type { AccountId, completeSignUpRequest } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Claim, ClaimStore } from '@sotto/store';
import { ClaimTakenError, erasedKind } from '@sotto/store';
import type { InferOutput } from 'valibot';
import type { PasswordHasher } from '../credentials/password-hasher.js';
import { announceList, type HeldList, readFirstList } from '../devices/device-lists.js';
import { storeDevice } from '../devices/devices.js';
import type { Logger } from '../logger.js';
import { accountState } from '../records/account-state.js';
import { newestVersion } from '../records/account-versions.js';
import { sameBytes } from '../records/hash.js';
import { accountKey, accountVersionKey } from '../records/keys.js';
import { HOLD_MS, ownOnce, undecided } from '../records/own-same.js';
import {
  type AccountParts,
  accountRecord,
  accountVersionRecord,
  type LiveAccount,
} from '../records/record.js';
import { type Holder, holderOf, takeNamePatiently } from './holding.js';
import { emailName, linkUseName, type Name, usernameName } from './names.js';
import type { SignUpLinks } from './sign-up-links.js';

export type CompleteSignUp = InferOutput<typeof completeSignUpRequest>;

/** How long a request waits for another one that has the same link or address, milliseconds. */
const PATIENCE_MS = 2_000;

const underWay = 'sign-up under way';

/** An account id belongs to one content: a changed one needs a new id. */
function otherContent(): ProtocolError {
  return new ProtocolError('request/invalid', { detail: 'account id tried with other content' });
}

/**
 * Makes an account from a mailed link. Takes the account id, the link, the username and the address without
 * confirming them, then confirms, writes what hangs on the account, and commits all of it by confirming the
 * account id last. Broken off anywhere, it leaves nothing that counts (see holding.ts).
 */
export class SignUpDesk {
  readonly #claims: ClaimStore;
  readonly #links: SignUpLinks;
  readonly #hasher: PasswordHasher;
  readonly #logger: Logger;
  readonly #now: () => number;

  constructor(
    claims: ClaimStore,
    links: SignUpLinks,
    hasher: PasswordHasher,
    logger: Logger,
    now: () => number,
  ) {
    this.#claims = claims;
    this.#links = links;
    this.#hasher = hasher;
    this.#logger = logger;
    this.#now = now;
  }

  /**
   * @throws ProtocolError `auth/link-unknown`, `auth/link-used`, `auth/link-expired`, `auth/username-taken` (the
   * link stays good), `auth/email-taken`, `request/invalid`, `service/unavailable`
   */
  async complete(request: CompleteSignUp): Promise<Holder> {
    const list = readFirstList(request.deviceList, request.account, request.device);
    const repeated = await this.#repeated(request);
    if (repeated) return repeated;
    try {
      return await this.#make(request, list);
    } catch (error) {
      // The same request, asked before, may have come to its end beside this one.
      const done = error instanceof ProtocolError && (await this.#repeated(request));
      if (!done) throw error;
      return done;
    }
  }

  async #make(request: CompleteSignUp, list: HeldList): Promise<Holder> {
    const { account } = request;
    const link = await this.#links.check(request.token);
    const hash = await this.#hasher.hash(request.authKey);
    const record: LiveAccount = {
      v: 1,
      state: 'live',
      username: request.username,
      email: link.email,
      link: link.hash,
      created: this.#now(),
    };
    const claimed = await this.#takeAll(account, record);
    await this.#write(request, list, hash, claimed);
    return { account, record };
  }

  /** The account that this very request made before, when only its answer was lost. */
  async #repeated(request: CompleteSignUp): Promise<Holder | undefined> {
    const { hash } = await this.#links.find(request.token);
    const holder = await holderOf(this.#claims, linkUseName(hash));
    if (holder?.account !== request.account) return undefined;
    const newest = await newestVersion(this.#claims, request.account);
    const matches = await this.#hasher.verify(newest?.parts.credentials.hash, request.authKey);
    return matches ? holder : undefined;
  }

  /** @returns claims to confirm, the account's last @throws after giving everything back */
  async #takeAll(account: AccountId, record: LiveAccount): Promise<Claim[]> {
    const own = await this.#takeAccount(account, record);
    const names: Claim[] = [];
    try {
      for (const [name, error] of [
        [linkUseName(record.link), 'auth/link-used'],
        [usernameName(record.username), 'auth/username-taken'],
        [emailName(record.email), 'auth/email-taken'],
      ] as const) {
        const claim = await this.#take(name, account, new ProtocolError(error));
        if (claim) names.push(claim);
      }
      return [...names, own];
    } catch (error) {
      await this.#release([...names, own]);
      throw error;
    }
  }

  async #takeAccount(account: AccountId, record: LiveAccount): Promise<Claim> {
    if (await erasedKind(this.#claims, account))
      throw new ProtocolError('request/invalid', { detail: 'account id in use' });
    try {
      return await this.#claims.claim(accountKey(account), accountRecord.encode(record), {
        confirmWithinMs: HOLD_MS,
      });
    } catch (error) {
      if (!(error instanceof ClaimTakenError)) throw error;
    }
    const { state } = await accountState(this.#claims, account);
    if (state === 'none') throw undecided(underWay);
    // An earlier try broke off, and somebody else took its username since. A new try needs a new account id.
    if (state === 'void' && (await holderOf(this.#claims, usernameName(record.username))))
      throw new ProtocolError('auth/username-taken');
    throw new ProtocolError('request/invalid', { detail: 'account id in use' });
  }

  async #take(name: Name, account: AccountId, taken: ProtocolError): Promise<Claim | undefined> {
    const taking = await takeNamePatiently(this.#claims, name, account, HOLD_MS, PATIENCE_MS);
    if (taking.outcome === 'taken') throw taken;
    // A name that somebody else is about to have is as good as taken; a link or address may come free.
    if (taking.outcome === 'undecided')
      throw taken.code === 'auth/username-taken' ? taken : undecided(underWay);
    return taking.outcome === 'claimed' ? taking.claim : undefined;
  }

  /** What cannot be given back runs out by itself. */
  async #release(claimed: readonly Claim[]): Promise<void> {
    for (const result of await Promise.allSettled(claimed.map((claim) => this.#claims.release(claim))))
      if (result.status === 'rejected') this.#logger.warn({ err: result.reason }, 'claim not given back');
  }

  async #write(request: CompleteSignUp, list: HeldList, hash: string, claimed: Claim[]): Promise<void> {
    const own = claimed.at(-1)!;
    try {
      for (const claim of claimed.slice(0, -1)) await this.#confirm(claim);
      await this.#writeRecords(request, list, hash);
    } catch (error) {
      await this.#release([own]);
      throw error;
    }
    // Once this was tried, nobody here knows whether it stands: it is not given back any more.
    await this.#confirm(own);
  }

  async #confirm(claim: Claim): Promise<void> {
    try {
      await this.#claims.confirm(claim);
    } catch (error) {
      // It took so long that somebody else was free to take it.
      throw error instanceof ClaimTakenError ? undecided(underWay) : error;
    }
  }

  async #writeRecords(request: CompleteSignUp, list: HeldList, hash: string): Promise<void> {
    const { account, device, kdf, vault, deviceList } = request;
    const credentials = { kdf, hash, generation: 1, resetBy: '' };
    const parts = accountVersionRecord.encode({ v: 1, credentials, vault, deviceList });
    if (!(await ownOnce(this.#claims, accountVersionKey(account, 1), parts))) {
      const earlier = await newestVersion(this.#claims, account);
      if (!earlier) throw undecided(underWay);
      if (!(await this.#isSame(earlier.parts, request))) throw otherContent();
    }
    await announceList(this.#claims, list);
    await storeDevice(this.#claims, account, device);
  }

  async #isSame({ credentials, vault, deviceList }: AccountParts, request: CompleteSignUp): Promise<boolean> {
    if (!sameBytes(vault, request.vault) || !sameBytes(deviceList, request.deviceList)) return false;
    return this.#hasher.verify(credentials.hash, request.authKey);
  }
}

import { randomBytes } from 'node:crypto';
import type { AccountId, completeResetRequest } from '@sotto/protocol';
import { encodeMailEvent, ProtocolError, randomId, toBase64url } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { mailKey } from '@sotto/store';
import type { InferOutput } from 'valibot';
import type { PasswordHasher } from '../credentials/password-hasher.js';
import { Proof } from '../credentials/proof.js';
import { changeAccount, newestVersion } from '../records/account-versions.js';
import { hashText } from '../records/hash.js';
import { resetLinkKey } from '../records/keys.js';
import { resetLinkRecord } from '../records/record.js';
import type { Sessions } from '../sessions/sessions.js';
import { holderOfEvenly } from './holding.js';
import { emailName } from './names.js';

/** How long a mailed link for another password is good, milliseconds. */
export const RESET_MS = 60 * 60 * 1_000;

interface GoodReset {
  readonly hash: string;
  readonly account: AccountId;
  readonly email: string;
  /** Of the credentials that it replaces. */
  readonly generation: number;
}

/**
 * Another password by a mailed link (SPEC K8). A link is good while the password stands that stood when it was mailed: using it
 * voids it and every other one, by the same claim that changes the password.
 */
export class ResetLinks {
  readonly #claims: ClaimStore;
  readonly #sessions: Sessions;
  readonly #hasher: PasswordHasher;
  readonly #origin: string;
  readonly #now: () => number;

  /** @param origin public base URL, without a slash at its end */
  constructor(
    claims: ClaimStore,
    sessions: Sessions,
    hasher: PasswordHasher,
    origin: string,
    now: () => number,
  ) {
    this.#claims = claims;
    this.#sessions = sessions;
    this.#hasher = hasher;
    this.#origin = origin;
    this.#now = now;
  }

  /**
   * Sends a link to an address, or word that it has no account. Both do the same reads and writes; the link record of an unknown
   * address is one that nobody has the secret of.
   */
  async request(email: string): Promise<void> {
    const now = this.#now();
    const token = randomBytes(32);
    const nobody = randomId<AccountId>();
    const holder = await holderOfEvenly(this.#claims, emailName(email), nobody);
    const account = holder?.account ?? nobody;
    const newest = await newestVersion(this.#claims, account);
    const generation = newest?.parts.credentials.generation ?? 0;
    await this.#claims.own(
      resetLinkKey(hashText(token)),
      resetLinkRecord.encode({ v: 1, account, email, generation, expires: now + RESET_MS }),
    );
    const mail = holder
      ? ({ template: 'reset', link: `${this.#origin}/reset#${toBase64url(token)}` } as const)
      : ({ template: 'no-account', link: `${this.#origin}/` } as const);
    await this.#claims.own(mailKey(now, randomId()), encodeMailEvent({ v: 1, to: email, ...mail }));
  }

  /** @throws ProtocolError `auth/link-unknown`, `auth/link-used`, `auth/link-expired` */
  async check(token: Uint8Array): Promise<GoodReset> {
    const link = await this.#find(token);
    const newest = await newestVersion(this.#claims, link.account);
    if (newest?.parts.credentials.generation !== link.generation) throw new ProtocolError('auth/link-used');
    this.#requireFresh(link);
    return link;
  }

  /**
   * Sets another password. The vault stays as it is: whoever reads somebody's mail opens nothing by it.
   * @throws ProtocolError as {@link check}
   */
  async complete({ token, kdf, authKey }: InferOutput<typeof completeResetRequest>): Promise<void> {
    const link = await this.#find(token);
    const { account, generation } = link;
    const proof = new Proof(this.#hasher, authKey);
    let hash: Promise<string> | undefined;
    await changeAccount(this.#claims, account, async (newest) => {
      const { credentials } = newest;
      // The same request again, after a lost answer.
      if (credentials.resetBy === link.hash && (await proof.opens(credentials))) return undefined;
      if (credentials.generation !== generation) throw new ProtocolError('auth/link-used');
      this.#requireFresh(link);
      hash ??= this.#hasher.hash(authKey);
      return {
        ...newest,
        credentials: { kdf, hash: await hash, generation: generation + 1, resetBy: link.hash },
      };
    });
    await this.#sessions.endOf(account, ({ device }) => device === undefined);
  }

  #requireFresh({ expires }: { readonly expires: number }): void {
    if (this.#now() > expires) throw new ProtocolError('auth/link-expired');
  }

  async #find(token: Uint8Array): Promise<GoodReset & { readonly expires: number }> {
    const hash = hashText(token);
    const claim = await this.#claims.get(resetLinkKey(hash));
    if (!claim) throw new ProtocolError('auth/link-unknown');
    const { account, email, generation, expires } = resetLinkRecord.decode(claim.body);
    return { hash, account, email, generation, expires };
  }
}

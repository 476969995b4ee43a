import { randomBytes } from 'node:crypto';
import { encodeMailEvent, ProtocolError, randomId, toBase64url } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import { mailKey } from '@sotto/store';
import { hashText } from '../records/hash.js';
import { linkKey } from '../records/keys.js';
import { linkRecord } from '../records/record.js';
import { holderOf, holderOfEvenly } from './holding.js';
import { emailName, linkUseName } from './names.js';

/** How long a mailed link is good, milliseconds. */
export const LINK_MS = 24 * 60 * 60 * 1_000;

/** A link that may still be used. */
export interface GoodLink {
  /** Of its secret; what it is known by. */
  readonly hash: string;
  readonly email: string;
}

/** Mailed links: sent to whoever asks, good once. */
export class SignUpLinks {
  readonly #claims: ClaimStore;
  readonly #origin: string;
  readonly #now: () => number;

  /** @param origin public base URL, without a slash at its end */
  constructor(claims: ClaimStore, origin: string, now: () => number) {
    this.#claims = claims;
    this.#origin = origin;
    this.#now = now;
  }

  /**
   * Sends a link to an address, or word that it has an account already. Both do the same reads and writes; the link
   * record of a known address is one that nobody has the secret of.
   */
  async request(email: string): Promise<void> {
    const now = this.#now();
    const token = randomBytes(32);
    const known = (await holderOfEvenly(this.#claims, emailName(email), randomId())) !== undefined;
    await this.#claims.own(
      linkKey(hashText(token)),
      linkRecord.encode({ v: 1, email, expires: now + LINK_MS }),
    );
    const mail = known
      ? ({ template: 'already-registered', link: `${this.#origin}/` } as const)
      : ({ template: 'sign-up', link: `${this.#origin}/welcome#${toBase64url(token)}` } as const);
    await this.#claims.own(mailKey(now, randomId()), encodeMailEvent({ v: 1, to: email, ...mail }));
  }

  /**
   * Finds a link by its secret.
   * @throws ProtocolError `auth/link-unknown`, `auth/link-used`, `auth/link-expired`
   */
  async check(token: Uint8Array): Promise<GoodLink> {
    const link = await this.find(token);
    if (await holderOf(this.#claims, linkUseName(link.hash))) throw new ProtocolError('auth/link-used');
    if (this.#now() > link.expires) throw new ProtocolError('auth/link-expired');
    return link;
  }

  /** @throws ProtocolError `auth/link-unknown` */
  async find(token: Uint8Array): Promise<GoodLink & { readonly expires: number }> {
    const hash = hashText(token);
    const claim = await this.#claims.get(linkKey(hash));
    if (!claim) throw new ProtocolError('auth/link-unknown');
    const { email, expires } = linkRecord.decode(claim.body);
    return { hash, email, expires };
  }
}

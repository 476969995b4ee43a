import type { AccountId } from '@sotto/protocol';
import { idFromBytes, ProtocolError } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import type { PasswordHasher } from '../credentials/password-hasher.js';
import { newestVersion } from '../records/account-versions.js';
import { hmac } from '../records/hash.js';
import type { AccountParts, Kdf } from '../records/record.js';
import { type Holder, holderOfEvenly } from './holding.js';
import { loginName } from './names.js';

/** What clients use now, so that an unknown login's answer looks like any other. */
const USUAL_KDF = { algorithm: 'argon2id', memoryKiB: 65_536, passes: 3, lanes: 1 } as const;

export interface SignIn {
  readonly holder: Holder;
  readonly parts: AccountParts;
}

/** Tells who signs in, and nobody else anything: known and unknown logins cost the same reads and computations. */
export class SignInDesk {
  readonly #claims: ClaimStore;
  readonly #hasher: PasswordHasher;
  readonly #preloginKey: Uint8Array;

  /** @param preloginKey secret behind the lasting answers for unknown logins */
  constructor(claims: ClaimStore, hasher: PasswordHasher, preloginKey: Uint8Array) {
    this.#claims = claims;
    this.#hasher = hasher;
    this.#preloginKey = preloginKey;
  }

  /** How a login's keys are derived; an unknown one has an answer of its own that never changes. */
  async prelogin(login: string): Promise<Kdf> {
    const { parts } = await this.#find(login);
    return parts?.credentials.kdf ?? { ...USUAL_KDF, salt: this.#unknown('salt', login) };
  }

  /** @throws ProtocolError `auth/credentials-wrong` for every cause */
  async signIn(login: string, authKey: Uint8Array): Promise<SignIn> {
    const { holder, parts } = await this.#find(login);
    const matches = await this.#hasher.verify(parts?.credentials.hash, authKey);
    if (!matches || !holder || !parts) throw new ProtocolError('auth/credentials-wrong');
    return { holder, parts };
  }

  async #find(login: string): Promise<{ holder?: Holder; parts?: AccountParts }> {
    const nobody = idFromBytes<AccountId>(this.#unknown('account', login));
    const holder = await holderOfEvenly(this.#claims, loginName(login), nobody);
    const newest = await newestVersion(this.#claims, holder?.account ?? nobody);
    return { ...(holder ? { holder } : {}), ...(newest ? { parts: newest.parts } : {}) };
  }

  #unknown(purpose: string, login: string): Uint8Array<ArrayBuffer> {
    return hmac(this.#preloginKey, `${purpose} ${login}`).slice(0, 16);
  }
}

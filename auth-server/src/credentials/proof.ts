import { ProtocolError } from '@sotto/protocol';
import type { Credentials } from '../records/record.js';
import type { PasswordHasher } from './password-hasher.js';

/** An authentication key held against an account's credentials, computed once for each that it meets. */
export class Proof {
  readonly #hasher: PasswordHasher;
  readonly #authKey: Uint8Array;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(hasher: PasswordHasher, authKey: Uint8Array) {
    this.#hasher = hasher;
    this.#authKey = authKey;
  }

  opens({ hash }: Credentials): Promise<boolean> {
    const known = this.#known.get(hash) ?? this.#hasher.verify(hash, this.#authKey);
    this.#known.set(hash, known);
    return known;
  }

  /** @throws ProtocolError `auth/credentials-wrong` */
  async require(credentials: Credentials): Promise<void> {
    if (!(await this.opens(credentials))) throw new ProtocolError('auth/credentials-wrong');
  }
}

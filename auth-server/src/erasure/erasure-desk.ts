import type { AccountId, ConversationId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { AccessLists, ClaimStore, ErasureOrder, ErasureProgress } from '@sotto/store';
import { assertMayErase, erasureName, erasureProgress, orderErasure } from '@sotto/store';
import type { PasswordHasher } from '../credentials/password-hasher.js';
import { Proof } from '../credentials/proof.js';
import { requireNewestVersion } from '../records/account-versions.js';

/** Takes orders to erase, and says how far they are (SPEC O). Who carries them out is the runner. */
export class ErasureDesk {
  readonly #claims: ClaimStore;
  readonly #access: AccessLists;
  readonly #hasher: PasswordHasher;

  constructor(claims: ClaimStore, access: AccessLists, hasher: PasswordHasher) {
    this.#claims = claims;
    this.#access = access;
    this.#hasher = hasher;
  }

  /**
   * The whole account, for who knows its password.
   * @throws ProtocolError `auth/credentials-wrong`, `request/invalid` for a receipt of something else
   */
  async account(id: AccountId, authKey: Uint8Array, receipt: Uint8Array): Promise<void> {
    const { parts } = await requireNewestVersion(this.#claims, id);
    await new Proof(this.#hasher, authKey).require(parts.credentials);
    await this.#order(receipt, { what: 'account', id });
  }

  /**
   * A conversation, for everybody. It is closed when this resolves.
   * @throws ProtocolError `auth/forbidden`, `request/invalid` for a receipt of something else
   */
  async conversation(id: ConversationId, by: AccountId, receipt: Uint8Array): Promise<void> {
    const access = await this.#access.reread(id);
    // Asked again, after a lost answer.
    if ((!access || access.erased) && (await this.progress(receipt))) return;
    assertMayErase(access, by);
    await this.#order(receipt, { what: 'conversation', id });
    await this.#access.erase(id);
  }

  progress(receipt: Uint8Array): Promise<ErasureProgress | undefined> {
    return erasureProgress(this.#claims, receipt);
  }

  async #order(receipt: Uint8Array, order: ErasureOrder): Promise<void> {
    if (await orderErasure(this.#claims, erasureName(receipt), order)) return;
    throw new ProtocolError('request/invalid', { detail: 'receipt of another erasure' });
  }
}

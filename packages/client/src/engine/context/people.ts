import type { AccountId } from '@sotto/protocol';
import type { Directory, VerifiedPerson } from '../../account/directory.js';

/** Who is who, asked for as seldom as possible: once a connection, and again when a notice says that a list changed. */
export class People {
  readonly #directory: Directory;
  readonly #known = new Map<AccountId, VerifiedPerson>();
  readonly #asked = new Map<AccountId, Promise<VerifiedPerson>>();

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** What is pinned, without asking. */
  async known(account: AccountId): Promise<VerifiedPerson | undefined> {
    const known = this.#known.get(account) ?? (await this.#directory.pinned(account));
    if (known) this.#known.set(account, known);
    return known;
  }

  /** The username of somebody who was looked up since the device was opened. */
  nameOf(account: AccountId): string | undefined {
    return this.#known.get(account)?.username;
  }

  /** The newest list as of this connection. @throws ProtocolError, AccountError as {@link Directory.account} */
  async fresh(account: AccountId): Promise<VerifiedPerson> {
    let asking = this.#asked.get(account);
    if (!asking) {
      asking = this.#directory.account(account);
      this.#asked.set(account, asking);
      asking.catch(() => this.#asked.delete(account));
    }
    const person = await asking;
    this.#known.set(account, person);
    return person;
  }

  /** Looks up an exact username. @throws ProtocolError `auth/not-found` */
  async named(username: string): Promise<VerifiedPerson> {
    const person = await this.#directory.person(username);
    this.#known.set(person.account, person);
    return person;
  }

  /** This account's list has changed, or a new connection may have missed a change: ask again when needed. */
  outdated(account?: AccountId): void {
    if (account === undefined) this.#asked.clear();
    else this.#asked.delete(account);
  }
}

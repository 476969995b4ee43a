import type { AccountId, DeviceId } from '@sotto/protocol';
import { ACCOUNTS_AT_ONCE, ProtocolError } from '@sotto/protocol';
import type { Directory, VerifiedPerson } from '../../account/directory.js';
import { isAccountError } from '../../account/errors.js';
import { equalBytes } from '../../conversation/hash.js';
import type { IdentityKey } from '../../crypto/index.js';
import { Gathering } from './gathering.js';

/** What is wrong with the device list that the server shows of somebody, where something is. */
export type ListFault = 'withheld' | 'forged';

/** Who is who, asked for as seldom as possible: once a connection, and again when a notice says that a list changed. */
export class People {
  readonly #directory: Directory;
  readonly #lookUps: Gathering<AccountId, VerifiedPerson>;
  readonly #changed: (account: AccountId) => void;
  readonly #known = new Map<AccountId, VerifiedPerson>();
  readonly #asked = new Map<AccountId, Promise<VerifiedPerson>>();
  readonly #faults = new Map<AccountId, ListFault>();
  /** Whose account is no more, as the server said when it was asked last. */
  readonly #gone = new Set<AccountId>();
  /** Rises whenever something may be known of somebody that was not, or has to be asked for again. */
  revision = 0;

  /** @param changed told of whom something is known that was not before, once it is kept */
  constructor(directory: Directory, changed: (account: AccountId) => void) {
    this.#directory = directory;
    this.#lookUps = new Gathering(
      (account) => directory.account(account),
      (accounts) => directory.accounts(accounts),
      ACCOUNTS_AT_ONCE,
    );
    this.#changed = changed;
  }

  /** Whose account key was found changed, before anything else is done: nothing may be sealed for them meanwhile. */
  async open(): Promise<void> {
    for (const person of await this.#directory.offered()) this.#known.set(person.account, person);
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

  /** Somebody who was looked up since the device was opened, or whose account key was found changed. */
  atHand(account: AccountId): VerifiedPerson | undefined {
    return this.#known.get(account);
  }

  /** What was wrong with the list that the server showed last. */
  fault(account: AccountId): ListFault | undefined {
    return this.#faults.get(account);
  }

  /** Whether somebody who was known has no account any more. Nothing but the server's word says so: it holds back no more than it could anyway. */
  isGone(account: AccountId): boolean {
    return this.#gone.has(account);
  }

  /**
   * The newest list as of this connection; of somebody who is gone, what was known without its devices: nobody is given
   * anything in their name. @throws ProtocolError, AccountError as {@link Directory.account}
   */
  async fresh(account: AccountId): Promise<VerifiedPerson> {
    let asking = this.#asked.get(account);
    if (!asking) {
      asking = this.#ask(account);
      this.#asked.set(account, asking);
      const failed = asking;
      asking.catch(() => {
        if (this.#asked.get(account) === failed) this.#asked.delete(account);
      });
    }
    const answered = await asking;
    // Something newer may have become known since it was answered.
    if (this.#gone.has(account)) return answered;
    return this.#known.get(account) ?? answered;
  }

  /** Looks up an exact username. @throws ProtocolError `auth/not-found` */
  async named(username: string): Promise<VerifiedPerson> {
    const person = await this.#directory.person(username);
    this.#keep(person);
    return person;
  }

  /** Learns which devices were on somebody's earlier lists. @throws as {@link Directory.learnPast} */
  async learnPast(account: AccountId): Promise<void> {
    await this.#directory.learnPast(account);
    const person = await this.#directory.pinned(account);
    if (person) this.#keep(person);
  }

  /** Goes by an account key that was offered. @returns false when it is not offered any more */
  async trustOffered(account: AccountId, identity: IdentityKey): Promise<boolean> {
    const person = await this.#directory.trustOffered(account, identity);
    this.#renew(account, person);
    return person !== undefined;
  }

  /** Keeps the pinned key. */
  async dropOffered(account: AccountId): Promise<void> {
    await this.#directory.dropOffered(account);
    this.#renew(account, await this.#directory.pinned(account));
  }

  /** Their new devices were looked at, or one of them. */
  async see(account: AccountId, device?: DeviceId): Promise<void> {
    await this.#directory.see(account, device);
    this.#renew(account, await this.#directory.pinned(account));
  }

  /** This account's list has changed, or a new connection may have missed a change: ask again when needed. */
  outdated(account?: AccountId): void {
    this.revision += 1;
    if (account === undefined) this.#asked.clear();
    else this.#asked.delete(account);
  }

  async #ask(account: AccountId): Promise<VerifiedPerson> {
    try {
      const person = await this.#lookUps.ask(account);
      if (this.#gone.delete(account)) this.#changed(account);
      this.#keep(person);
      this.#setFault(account, undefined);
      return person;
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'auth/not-found')
        return this.#leftOf(account, error);
      if (!isAccountError(error)) throw error;
      if (error.code !== 'account/list-rolled-back') {
        this.#setFault(account, 'forged');
        throw error;
      }
      // An older list than the one known says nothing new, whoever keeps the newer one back.
      this.#setFault(account, 'withheld');
      const pinned = await this.#directory.pinned(account);
      if (!pinned) throw error;
      return pinned;
    }
  }

  /** Somebody who was known is gone. @throws `error` for an account that nobody here ever knew */
  async #leftOf(account: AccountId, error: ProtocolError): Promise<VerifiedPerson> {
    const known = await this.known(account);
    if (!known) throw error;
    if (!this.#gone.has(account)) {
      this.#gone.add(account);
      this.revision += 1;
      this.#changed(account);
    }
    const { list } = known;
    return { ...known, offered: undefined, list: { ...list, list: { ...list.list, devices: [] } } };
  }

  #setFault(account: AccountId, fault: ListFault | undefined): void {
    if (this.#faults.get(account) === fault) return;
    if (fault) this.#faults.set(account, fault);
    else this.#faults.delete(account);
    this.#changed(account);
  }

  #renew(account: AccountId, person: VerifiedPerson | undefined): void {
    this.outdated(account);
    if (person) this.#keep(person);
  }

  #keep(person: VerifiedPerson): void {
    const { account } = person;
    const before = this.#known.get(account);
    this.#known.set(account, person);
    if (!before || !isSame(before, person)) this.revision += 1;
    if (before && !isSame(before, person)) this.#changed(account);
  }
}

function isSame(a: VerifiedPerson, b: VerifiedPerson): boolean {
  return (
    a.username === b.username &&
    a.list.isPastKnown === b.list.isPastKnown &&
    a.list.unseen.length === b.list.unseen.length &&
    equalBytes(a.list.encoded, b.list.encoded) &&
    equalBytes(a.offered?.encoded ?? NOTHING, b.offered?.encoded ?? NOTHING)
  );
}

const NOTHING = new Uint8Array();

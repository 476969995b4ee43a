import type { DeviceId } from '@sotto/protocol';
import { decodeSignedDeviceList, logName, ProtocolError } from '@sotto/protocol';
import { deviceListHash } from '../../account/device-list.js';
import type { Directory } from '../../account/directory.js';
import { isAccountError } from '../../account/errors.js';
import { MAX_ACCOUNT_KEYS } from '../../account/vault-contents.js';
import { type AccountKeysRecord, verifyAccountKeys } from '../../conversation/account-keys-record.js';
import { equalBytes } from '../../conversation/hash.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { AccountKeyring } from '../context/account-keys.js';
import type { DeviceContext } from '../context/device-context.js';
import { Serial } from '../context/serial.js';
import type { Change } from '../room/room-chains.js';
import { Pairwise } from '../sending/pairwise.js';
import {
  type AccountIntent,
  type AccountNotice,
  intentWrite,
  noticeWrite,
  readIntent,
  readNotice,
  WITHOUT_INTENT,
} from '../session/account-notice.js';
import { accountWrite, readAccount } from '../session/account-record.js';
import { areOutdated, holdersWrite } from '../session/key-holders.js';

/** How long newer keys are waited for before they are asked for, and asked for again. Milliseconds. */
const ASK_MS = 5_000;
const NOTHING: Change = { writes: [], done: () => {} };

/** The keys that all devices of the account share: taken from the vault or from another device, and passed on to the others. */
export class SharedKeys {
  readonly #context: DeviceContext;
  readonly #directory: Directory;
  readonly #pairwise: Pairwise;
  readonly #changed: () => void;
  readonly #renewed: () => void;
  readonly #telling = new Serial();
  readonly #settling = new Serial();
  #intending = false;
  /** Somebody has these keys who is no device of the account any more. */
  #outdated = false;
  #stopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param changed told after the keys of this device became others
   * @param renewed told after the account's own key became another, made here
   */
  constructor(context: DeviceContext, directory: Directory, changed: () => void, renewed: () => void) {
    this.#context = context;
    this.#directory = directory;
    this.#pairwise = new Pairwise(context);
    this.#changed = changed;
    this.#renewed = renewed;
  }

  /** What another device says of them. Believed when the account's own key signed it and it is news (SPEC X19). */
  async accept(
    from: { readonly account: string; readonly device: DeviceId },
    record: AccountKeysRecord,
  ): Promise<Change> {
    const { self, accountKeys, keys } = this.#context;
    if (from.account !== self.account || record.vaultVersion <= accountKeys.current.vaultVersion)
      return NOTHING;
    const own = await this.#directory.pinned(self.account);
    if (!own || !(await verifyAccountKeys(self.account, record, own.identity))) return NOTHING;
    const account = await readAccount(keys);
    if (!account) return NOTHING;
    const keyring = keyringOf(record);
    return {
      writes: [
        accountWrite({ ...account, ...keyring }),
        noticeWrite({ record, left: [] }),
        // Who made them for others alone leaves.
        holdersWrite(record.devices, record.devices.includes(from.device) ? [] : [from.device]),
      ],
      done: () => this.#adopted(keyring),
    };
  }

  /** A change of them is about to be sent. */
  async intend(intent: AccountIntent, also: readonly KeyWrite[] = []): Promise<void> {
    this.#intending = true;
    await this.#context.keys.write([intentWrite(intent), ...also]);
  }

  /** The change has ended, well or not: what is still intended is to be found out from the server. */
  attempted(): void {
    this.#intending = false;
  }

  /** Nothing came of it. */
  async forgetIntent(): Promise<void> {
    await this.#context.keys.write([WITHOUT_INTENT]);
  }

  /**
   * Takes the keys of the vault that stands now, and has the other devices told.
   * @param record signed by the account's key
   */
  async adopt(record: AccountKeysRecord): Promise<void> {
    const { self, signal, keys, accountKeys } = this.#context;
    if (record.vaultVersion <= accountKeys.current.vaultVersion) return this.forgetIntent();
    const own = await this.#directory.pinned(self.account);
    const left = own?.list.list.devices.map(({ id }) => id).filter((id) => id !== self.device) ?? [];
    const keyring = keyringOf(record);
    // In the turn of inbox records: of two that bring keys the newer one stands.
    await signal.transact(async (stores) => {
      const account = await readAccount(keys);
      if (!account) return;
      stores.also([
        accountWrite({ ...account, ...keyring }),
        noticeWrite({ record, left }),
        holdersWrite(record.devices),
        WITHOUT_INTENT,
      ]);
    });
    this.#adopted(keyring);
    await this.tell();
  }

  /**
   * The account goes on under another key, which this device made: its list and its keys are those of now.
   * @param list signed by that key
   */
  async renewed(list: Uint8Array<ArrayBuffer>, record: AccountKeysRecord): Promise<void> {
    const { self, people } = this.#context;
    const { identity } = decodeSignedDeviceList(list).list;
    const before = await this.#directory.pinned(self.account);
    if (before && !equalBytes(before.identity, identity)) {
      const { account, username, offered } = before;
      // A newer one may be known, of devices that were linked since.
      if (!offered || !equalBytes(offered.list.identity, identity))
        await this.#directory.accept({ account, username, deviceList: list });
      await people.trustOffered(account, identity);
    }
    await this.adopt(record);
    this.#renewed();
  }

  /** Another vault stands, with the same keys. */
  async sawVault(vaultVersion: number): Promise<void> {
    const { signal, keys, accountKeys } = this.#context;
    if (vaultVersion <= accountKeys.current.vaultVersion) return;
    await signal.transact(async (stores) => {
      const account = await readAccount(keys);
      if (account) stores.also([accountWrite({ ...account, vaultVersion })]);
    });
    this.#adopted({ ...accountKeys.current, vaultVersion });
  }

  /** Takes up a change that this device died over, where what it knows already says that it happened. */
  async resume(): Promise<void> {
    const { keys, self } = this.#context;
    const intent = await readIntent(keys);
    const own = await this.#directory.pinned(self.account);
    if (own) await this.compare(own.list.list.devices.map(({ id }) => id));
    // List and vault change together: who has seen the one knows of the other.
    if (own && intent && equalBytes(await deviceListHash(own.list.encoded), intent.listHash))
      await this.adopt(intent.record);
  }

  /**
   * Finds out what became of a change whose answer this device did not live to see.
   * @throws ProtocolError when that can't be found out now
   */
  settled(): Promise<void> {
    // One that is under way in this life tells by itself.
    if (this.#intending) return Promise.resolve();
    return this.#settling.run(async () => {
      try {
        await this.#settle();
        const { people, self } = this.#context;
        await this.compare((await people.fresh(self.account)).list.list.devices.map(({ id }) => id));
      } catch (error) {
        this.#plan(true);
        // Whatever is wrong with the list that is shown: by that one nothing is sent.
        if (isAccountError(error)) throw new ProtocolError('service/unavailable', { cause: error });
        throw error;
      }
      if (this.#outdated) throw new ProtocolError('service/unavailable', { detail: 'account keys outdated' });
    });
  }

  /** Holds the keys of here against the newest own list. @param listed its devices */
  async compare(listed: readonly DeviceId[]): Promise<void> {
    if (this.#intending) return;
    this.#outdated = await areOutdated(this.#context.keys, listed);
    this.#plan();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #plan(unsettled = false): void {
    clearTimeout(this.#timer);
    if (this.#stopped || !(this.#outdated || unsettled)) return;
    this.#timer = setTimeout(() => {
      if (unsettled) this.#sendHeldBack();
      else this.#context.guard(() => this.#ask());
    }, ASK_MS);
  }

  /** What waits for the keys to be right. */
  #sendHeldBack(): void {
    const { accountLog, archive, connection, guard, sendPosts } = this.#context;
    if (connection.state !== 'online') return;
    for (const log of [accountLog.log, archive.log]) guard(() => sendPosts(log));
  }

  /** Whoever removed the device was to tell; any other own device that was told can, too. */
  async #ask(): Promise<void> {
    const { self, connection } = this.#context;
    // The next connection plans anew.
    if (!this.#outdated || connection.state !== 'online') return;
    this.#plan();
    const own = await this.#directory.pinned(self.account);
    for (const { id } of own?.list.list.devices ?? []) {
      if (id === self.device) continue;
      const record = { type: 'request', conversations: [], account: true } as const;
      if (await this.#pairwise.post(self.account, id, `ask-account/${id}`, record))
        await this.#context.sendPosts(logName('i', id));
    }
  }

  async #settle(): Promise<void> {
    const intent = await readIntent(this.#context.keys);
    if (!intent) return;
    const { api, people, self } = this.#context;
    const { change, record } = intent;
    const stands = equalBytes(await api.vaultHash(), intent.vaultHash);
    const { list, offered } = await people.fresh(self.account);
    if (change.type === 'renews') {
      const { identity } = decodeSignedDeviceList(change.list).list;
      // Who signed in since may have changed the vault, and never the key.
      const isKnown = [list, offered].some((one) => one && equalBytes(one.list.identity, identity));
      return stands || isKnown ? this.renewed(change.list, record) : this.forgetIntent();
    }
    if (stands) return this.adopt(record);
    if (!list.list.devices.some(({ id }) => id === change.device)) await this.#alsoOpenBy(record);
    await this.forgetIntent();
  }

  /** Tells those who are left, one after the other; who can't be reached now is told later. */
  tell(): Promise<void> {
    return this.#telling.run(async () => {
      const { keys, connection } = this.#context;
      if (connection.state !== 'online') return;
      const notice = await readNotice(keys);
      for (const device of notice?.left ?? []) if (!(await this.#tellOne(device))) return;
    });
  }

  /** Sees to it that what the others are to be told is in their inboxes. @throws ProtocolError when it is not */
  async told(): Promise<void> {
    await this.tell();
    const { keys, self, sendPosts } = this.#context;
    if ((await readNotice(keys))?.left.length)
      throw new ProtocolError('service/unavailable', { detail: 'other devices not told' });
    const own = await this.#directory.pinned(self.account);
    for (const { id } of own?.list.list.devices ?? [])
      if (id !== self.device) await sendPosts(logName('i', id));
  }

  /** Tells a device of this account what this one was told, as when it asks. */
  async tellAgain(device: DeviceId): Promise<void> {
    const notice = await readNotice(this.#context.keys);
    if (notice) await this.#post(notice, device);
  }

  /** @returns false when there is no telling now */
  async #tellOne(device: DeviceId): Promise<boolean> {
    const notice = await readNotice(this.#context.keys);
    if (!notice?.left.includes(device)) return true;
    const after = { ...notice, left: notice.left.filter((id) => id !== device) };
    try {
      if (!(await this.#post(notice, device, [noticeWrite(after)])))
        await this.#context.keys.write([noticeWrite(after)]);
      return true;
    } catch (error) {
      if (error instanceof ProtocolError || isAccountError(error)) return false;
      throw error;
    }
  }

  async #post({ record }: AccountNotice, device: DeviceId, also: readonly KeyWrite[] = []): Promise<boolean> {
    const { self } = this.#context;
    const tag = `account/${record.vaultVersion}/${device}`;
    const posted = await this.#pairwise.post(self.account, device, tag, record, { also });
    if (posted) this.#context.guard(() => this.#context.sendPosts(logName('i', device)));
    return posted;
  }

  /** Keys that were in a vault which others have replaced since: to read by, not to seal by. */
  async #alsoOpenBy(record: AccountKeysRecord): Promise<void> {
    const { signal, keys, accountKeys } = this.#context;
    const { current } = accountKeys;
    const keyring: AccountKeyring = {
      vaultVersion: current.vaultVersion,
      accountLogKeys: withOthers(current.accountLogKeys, record.accountLogKeys),
      archiveKeys: withOthers(current.archiveKeys, record.archiveKeys),
    };
    await signal.transact(async (stores) => {
      const account = await readAccount(keys);
      if (account) stores.also([accountWrite({ ...account, ...plain(keyring) })]);
    });
    this.#adopted(keyring);
  }

  #adopted(keyring: AccountKeyring): void {
    const { accountKeys, accountLog, guard, self } = this.#context;
    accountKeys.replace(keyring);
    guard(async () => {
      await accountLog.tryWaiting();
      await accountLog.sayAgain();
      this.#changed();
      const own = await this.#directory.pinned(self.account);
      if (own) await this.compare(own.list.list.devices.map(({ id }) => id));
      this.#sendHeldBack();
    });
  }
}

function keyringOf({ accountLogKeys, archiveKeys, vaultVersion }: AccountKeyring) {
  return plain({ accountLogKeys, archiveKeys, vaultVersion });
}

/** In the form that a record takes. */
function plain({ accountLogKeys, archiveKeys, vaultVersion }: AccountKeyring) {
  const copies = (keys: readonly Uint8Array[]) => keys.map((key) => new Uint8Array(key));
  return { accountLogKeys: copies(accountLogKeys), archiveKeys: copies(archiveKeys), vaultVersion };
}

function withOthers(keys: readonly Uint8Array[], others: readonly Uint8Array[]): readonly Uint8Array[] {
  const unknown = others.filter((other) => !keys.some((key) => equalBytes(key, other)));
  return [...keys, ...unknown].slice(0, MAX_ACCOUNT_KEYS);
}

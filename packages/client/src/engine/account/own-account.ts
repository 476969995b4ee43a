import { type DeviceId, ProtocolError } from '@sotto/protocol';
import {
  type AccountChange,
  type AccountOwner,
  changeAccount,
  type OpenedAccount,
} from '../../account/account-change.js';
import {
  deviceListHash,
  listedDevice,
  nextDeviceList,
  type VerifiedDeviceList,
} from '../../account/device-list.js';
import type { Directory } from '../../account/directory.js';
import { approveLink, readLink } from '../../account/link-approval.js';
import { formatRecoveryKey, generateRecoveryKey } from '../../account/recovery-key.js';
import type { SeenVersions } from '../../account/seen-versions.js';
import { recoverySecretOf, rotatedAccountKeys, type VaultContents } from '../../account/vault-contents.js';
import { type AccountKeysRecord, signAccountKeys } from '../../conversation/account-keys-record.js';
import { equalBytes } from '../../conversation/hash.js';
import type { AccountCalls } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import { Serial } from '../context/serial.js';
import type { Change } from '../room/room-chains.js';
import { readAccount } from '../session/account-record.js';
import { OwnDevices, type OwnDevicesEvents } from './own-devices.js';
import { SharedKeys } from './shared-keys.js';

type Call<K extends keyof AccountCalls> = AccountCalls[K];

/** What this account's device tells of it. */
export interface OwnAccountEvents extends Omit<OwnDevicesEvents, 'listed'> {
  /** Settings that could not be read before may be there now. */
  settingsChanged(): void;
  seen(versions: SeenVersions): void;
}

/** The account as one of its devices has it: what a person changes of it, and what other devices say of it. */
export class OwnAccount {
  readonly devices: OwnDevices;
  readonly keys: SharedKeys;
  readonly #context: DeviceContext;
  readonly #events: OwnAccountEvents;
  /** One change at a time; what a crash left is settled between them. */
  readonly #changes = new Serial();

  constructor(context: DeviceContext, directory: Directory, events: OwnAccountEvents) {
    this.#context = context;
    this.#events = events;
    this.keys = new SharedKeys(context, directory, () => {
      events.seen({ vault: context.accountKeys.current.vaultVersion, list: 0 });
      events.settingsChanged();
    });
    this.devices = new OwnDevices(context, directory, {
      devices: (snapshot) => events.devices(snapshot),
      removed: () => events.removed(),
      listed: (devices, version) => {
        events.seen({ vault: 0, list: version });
        return this.keys.compare(devices);
      },
    });
  }

  /** A connection begins: what changed meanwhile, here and elsewhere. */
  online(): void {
    const { guard } = this.#context;
    guard(() => this.devices.look());
    guard(() => this.#changes.run(() => this.keys.settled()));
    guard(() => this.keys.tell());
  }

  stop(): void {
    this.keys.stop();
  }

  /** The account's list became another one. */
  listChanged(): void {
    this.#context.guard(() => this.devices.look());
  }

  /** Keys that another device of the account sends. */
  accept(from: { readonly account: string }, record: AccountKeysRecord): Promise<Change> {
    return this.keys.accept(from, record);
  }

  /** Another device asks for the account's keys. */
  asked(from: { readonly account: string; readonly device: DeviceId }): void {
    const { guard, self } = this.#context;
    if (from.account === self.account) guard(() => this.keys.tellAgain(from.device));
  }

  renameDevice: Call<'renameDevice'> = async ({ device, name, password }) => {
    const called = name.trim();
    if (called.length === 0 || called.length > 64)
      throw new ProtocolError('request/invalid', { detail: 'name' });
    await this.#change(password, async ({ list, vault }) => {
      const listed = listedDevice(list, device);
      if (!listed) throw new ProtocolError('auth/not-found', { detail: 'device' });
      if (listed.name === called) return undefined;
      const devices = list.list.devices.map((one) => (one.id === device ? { ...one, name: called } : one));
      return { list: await nextDeviceList(list, vault.identity, devices) };
    });
  };

  removeDevice: Call<'removeDevice'> = async ({ device, password }) => {
    const { self } = this.#context;
    if (device === self.device) throw new ProtocolError('request/invalid', { detail: 'this device itself' });
    try {
      const { vault, list } = await this.#change(password, async (opened) => {
        // Removed before, by a call whose answer was lost or by another device: what follows from it is made up for.
        if (!listedDevice(opened.list, device)) return undefined;
        const next = {
          ...opened.vault,
          ...rotatedAccountKeys(opened.vault),
          version: opened.vault.version + 1,
        };
        const devices = opened.list.list.devices.filter(({ id }) => id !== device);
        const list = await nextDeviceList(opened.list, next.identity, devices);
        const listHash = await deviceListHash(list.encoded);
        return {
          vault: next,
          list,
          keep: (vaultHash) =>
            this.keys.intend({
              vaultHash: new Uint8Array(vaultHash),
              listHash,
              record: sharedKeysOf(next, list),
              removes: device,
            }),
        };
      });
      await this.keys.adopt(sharedKeysOf(vault, list));
    } finally {
      this.keys.attempted();
    }
  };

  changePassword: Call<'changePassword'> = async ({ password, newPassword }) => {
    await this.#change(password, async ({ vault }) => ({
      vault: { ...vault, version: vault.version + 1 },
      password: newPassword,
    }));
  };

  newRecoveryKey: Call<'newRecoveryKey'> = async ({ password }) => {
    const recoveryKey = generateRecoveryKey();
    const recoverySecret = recoverySecretOf(recoveryKey);
    await this.#change(password, async ({ vault }) => ({
      vault: { ...vault, recoverySecret, version: vault.version + 1 },
    }));
    return { recoveryKey: formatRecoveryKey(recoveryKey) };
  };

  readLink: Call<'readLink'> = async ({ code }) => {
    const { name } = await readLink(this.#context.api, code);
    return { name };
  };

  approveLink: Call<'approveLink'> = ({ code, password }) =>
    this.#changes.run(async () => {
      const { api, now } = this.#context;
      const input = { text: code, password, now: now() };
      const linked = await approveLink(api, await this.#owner(), input);
      await this.devices.take(linked.list.encoded);
      return { device: linked.code.device };
    });

  /** @returns what stands then */
  #change(
    password: string,
    make: (opened: OpenedAccount) => Promise<AccountChange | undefined>,
  ): Promise<Pick<OpenedAccount, 'vault' | 'list'>> {
    return this.#changes.run(async () => {
      const { vault, list } = await changeAccount(this.#context.api, await this.#owner(), password, make);
      await this.devices.take(list.encoded);
      await this.#saw(vault, list);
      return { vault, list };
    });
  }

  async #saw(vault: VaultContents, list: VerifiedDeviceList): Promise<void> {
    this.#events.seen({ vault: vault.version, list: list.list.version });
    const { vaultVersion, accountLogKeys } = this.#context.accountKeys.current;
    if (vault.version <= vaultVersion) return;
    // Another device may have changed the keys without this one having heard of it.
    if (equalBytes(vault.accountLogKeys[0]!, accountLogKeys[0]!)) await this.keys.sawVault(vault.version);
    else await this.keys.adopt(sharedKeysOf(vault, list));
  }

  async #owner(): Promise<AccountOwner> {
    const { keys, self, accountKeys } = this.#context;
    const record = await readAccount(keys);
    if (!record) throw new ProtocolError('client/not-signed-in');
    const { vaultVersion } = accountKeys.current;
    const list = await this.devices.list();
    return { account: self.account, username: record.username, vaultVersion, list };
  }
}

/** The keys of a vault and the list that goes with it, signed for the account's other devices. */
function sharedKeysOf(vault: VaultContents, { list }: VerifiedDeviceList): AccountKeysRecord {
  const { account, accountLogKeys, archiveKeys, version, identity } = vault;
  const devices = list.devices.map(({ id }) => id);
  const keys = { accountLogKeys, archiveKeys, vaultVersion: version, devices };
  return signAccountKeys(account, keys, identity);
}

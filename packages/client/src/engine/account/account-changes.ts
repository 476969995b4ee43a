import { ProtocolError } from '@sotto/protocol';
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
import { approveLink, readLink } from '../../account/link-approval.js';
import { decodeLinkCode } from '../../account/link-code.js';
import { formatRecoveryKey, generateRecoveryKey } from '../../account/recovery-key.js';
import { renewAccount } from '../../account/renew.js';
import { recoverySecretOf, rotatedAccountKeys, type VaultContents } from '../../account/vault-contents.js';
import { type AccountKeysRecord, signAccountKeys } from '../../conversation/account-keys-record.js';
import { equalBytes } from '../../conversation/hash.js';
import type { AccountCalls } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import { formerWrite } from '../context/former-identity.js';
import { readAccount } from '../session/account-record.js';
import type { OwnAccount } from './own-account.js';

type Call<K extends keyof AccountCalls> = AccountCalls[K];

/** What a person changes of the account; loaded when somebody does. */
export class AccountChanges {
  readonly #account: OwnAccount;
  readonly #context: DeviceContext;
  readonly #alsoUnlockedBy: (unlockSecret: Uint8Array) => Promise<void>;

  /** @param alsoUnlockedBy lets another unlock secret open this device's stores, too */
  constructor(
    account: OwnAccount,
    context: DeviceContext,
    alsoUnlockedBy: (unlockSecret: Uint8Array) => Promise<void>,
  ) {
    this.#account = account;
    this.#context = context;
    this.#alsoUnlockedBy = alsoUnlockedBy;
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
    const { self, owedBounds } = this.#context;
    if (device === self.device) throw new ProtocolError('request/invalid', { detail: 'this device itself' });
    try {
      const { vault, list } = await this.#change(password, async (opened) => {
        await owedBounds.intend(device);
        // Removed before, by a call whose answer was lost or by another device: what follows from it is made up for.
        if (!listedDevice(opened.list, device)) return undefined;
        const next = nextKeys(opened.vault);
        const devices = opened.list.list.devices.filter(({ id }) => id !== device);
        const list = await nextDeviceList(opened.list, next.identity, devices, next.version);
        const listHash = await deviceListHash(list.encoded);
        return {
          vault: next,
          list,
          keep: (vaultHash) =>
            this.#account.keys.intend({
              vaultHash: new Uint8Array(vaultHash),
              listHash,
              record: sharedKeysOf(next, list),
              change: { type: 'removes', device },
            }),
        };
      });
      await this.#account.keys.adopt(sharedKeysOf(vault, list));
    } finally {
      this.#account.keys.attempted();
    }
  };

  /**
   * Takes this device itself off the list, and the account's keys out of its reach: the others go on under new ones that it makes
   * for them. They are told first, since a device that is off the list can tell nobody anything. The last device stays listed.
   * @throws ProtocolError `auth/credentials-wrong`, `service/unavailable`
   */
  leave(password: string): Promise<void> {
    return this.#account.changes.run(async () => {
      const { keys } = this.#account;
      const { self, api } = this.#context;
      const without = ({ list }: OpenedAccount, { identity, version }: VaultContents) =>
        nextDeviceList(
          list,
          identity,
          list.list.devices.filter(({ id }) => id !== self.device),
          version,
        );
      let record: AccountKeysRecord | undefined;
      try {
        await changeAccount(api, await this.#owner(), password, async (opened) => {
          record = undefined;
          const next = nextKeys(opened.vault);
          const left = await without(opened, next);
          const others = left.list.devices.length;
          // What the archive holds counts by the word of a listed device: the last one stays.
          if (others === 0 || others === opened.list.list.devices.length) return undefined;
          const listHash = await deviceListHash(left.encoded);
          const made = sharedKeysOf(next, left);
          record = made;
          return {
            vault: next,
            keep: (vaultHash) =>
              keys.intend({
                vaultHash: new Uint8Array(vaultHash),
                listHash,
                record: made,
                change: { type: 'removes', device: self.device },
              }),
          };
        });
        if (!record) return;
        await keys.adopt(record);
        await keys.told();
        await changeAccount(api, await this.#owner(), password, async (opened) =>
          listedDevice(opened.list, self.device) ? { list: await without(opened, opened.vault) } : undefined,
        );
      } catch (error) {
        if (!isOut(error)) throw error;
      } finally {
        keys.attempted();
      }
    });
  }

  seeOwnDevices: Call<'seeOwnDevices'> = async () => {
    const { people, self } = this.#context;
    await people.see(self.account);
    await this.#account.devices.tell();
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

  renewAccount: Call<'renewAccount'> = ({ password }) =>
    this.#account.changes.run(async () => {
      const { keys, devices } = this.#account;
      const { self, api, accountKeys } = this.#context;
      // By keys that others replaced meanwhile, what was said since could not be read again.
      await keys.settled();
      const owner = await this.#owner();
      const { list } = owner;
      if (!list) throw new ProtocolError('service/unavailable', { detail: 'own list' });
      try {
        const renewed = await renewAccount(api, owner, {
          password,
          having: { device: self.device, list, keys: accountKeys.current },
          keep: async (next, vaultHash) => {
            await this.#alsoUnlockedBy(next.vault.unlockSecret);
            const intent = {
              vaultHash: new Uint8Array(vaultHash),
              listHash: await deviceListHash(next.list.encoded),
              record: sharedKeysOf(next.vault, next.list),
              change: { type: 'renews' as const, list: new Uint8Array(next.list.encoded) },
            };
            // Known from then on: this device can say in conversations that both keys are its own.
            await keys.intend(intent, [formerWrite(list.list.identity)]);
          },
        });
        if (!renewed) return { recoveryKey: null };
        const { vault, list: made, recoveryKey } = renewed;
        await keys.renewed(new Uint8Array(made.encoded), sharedKeysOf(vault, made));
        await devices.look();
        this.#account.seen({ vault: vault.version, list: made.list.version });
        return { recoveryKey };
      } finally {
        keys.attempted();
      }
    });

  readLink: Call<'readLink'> = async ({ code }) => {
    const { name } = await readLink(this.#context.api, code);
    return { name };
  };

  approveLink: Call<'approveLink'> = ({ code, password }) =>
    this.#account.changes.run(async () => {
      const { api, now } = this.#context;
      const { devices } = this.#account;
      const input = { text: code, password, now: now() };
      const { device } = decodeLinkCode(code);
      await devices.linkingHere(device, async () => {
        const { list } = await approveLink(api, await this.#owner(), input);
        await devices.take(list.encoded);
      });
      return { device };
    });

  /** @returns what stands then */
  #change(
    password: string,
    make: (opened: OpenedAccount) => Promise<AccountChange | undefined>,
  ): Promise<Pick<OpenedAccount, 'vault' | 'list'>> {
    return this.#account.changes.run(async () => {
      const { vault, list } = await changeAccount(this.#context.api, await this.#owner(), password, make);
      await this.#account.devices.take(list.encoded);
      await this.#saw(vault, list);
      return { vault, list };
    });
  }

  async #saw(vault: VaultContents, list: VerifiedDeviceList): Promise<void> {
    this.#account.seen({ vault: vault.version, list: list.list.version });
    const { vaultVersion, accountLogKeys } = this.#context.accountKeys.current;
    if (vault.version <= vaultVersion) return;
    // Another device may have changed the keys without this one having heard of it.
    if (equalBytes(vault.accountLogKeys[0]!, accountLogKeys[0]!))
      await this.#account.keys.sawVault(vault.version);
    else await this.#account.keys.adopt(sharedKeysOf(vault, list));
  }

  async #owner(): Promise<AccountOwner> {
    const { keys, self, accountKeys } = this.#context;
    const record = await readAccount(keys);
    if (!record) throw new ProtocolError('client/not-signed-in');
    const { vaultVersion } = accountKeys.current;
    const list = await this.#account.devices.list();
    return { account: self.account, username: record.username, vaultVersion, list };
  }
}

/** The vault once somebody is to be without its keys. */
function nextKeys(vault: VaultContents): VaultContents {
  return { ...vault, ...rotatedAccountKeys(vault), version: vault.version + 1 };
}

/** Off the list already: the answer was lost. */
function isOut(error: unknown): boolean {
  return (
    error instanceof ProtocolError &&
    (error.code === 'auth/session-invalid' || error.code === 'auth/device-removed')
  );
}

/** The keys of a vault and the list that goes with it, signed for the account's other devices. */
function sharedKeysOf(vault: VaultContents, { list }: VerifiedDeviceList): AccountKeysRecord {
  const { account, accountLogKeys, archiveKeys, version, identity } = vault;
  const devices = list.devices.map(({ id }) => id);
  const keys = { accountLogKeys, archiveKeys, vaultVersion: version, devices };
  return signAccountKeys(account, keys, identity);
}

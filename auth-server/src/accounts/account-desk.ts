import type { AccountId, changeAccountRequest, DeviceId, SessionId, startOverRequest } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { ClaimStore } from '@sotto/store';
import type { InferOutput } from 'valibot';
import type { PasswordHasher } from '../credentials/password-hasher.js';
import { Proof } from '../credentials/proof.js';
import {
  type HeldList,
  heldList,
  isListed,
  type OwnDevice,
  readListAnew,
  readNextList,
} from '../devices/device-lists.js';
import { type AddDevice, storeDevice } from '../devices/devices.js';
import { followList } from '../devices/removal.js';
import { changeAccount, requireNewestVersion } from '../records/account-versions.js';
import { sameBytes, sha256 } from '../records/hash.js';
import type { AccountParts } from '../records/record.js';
import type { Sessions } from '../sessions/sessions.js';

export type ChangeAccount = InferOutput<typeof changeAccountRequest>;
export type StartOver = InferOutput<typeof startOverRequest>;

/** A device that comes in place of others. */
export type ReplaceDevice = AddDevice & { readonly replacing: NonNullable<AddDevice['replacing']> };

/** Whose session asks. */
export interface Asking {
  readonly account: AccountId;
  readonly session: SessionId;
  readonly device: DeviceId | undefined;
}

/** Changes of an account by its owner, each with the password again and decided by one claim (SPEC K6). */
export class AccountDesk {
  readonly #claims: ClaimStore;
  readonly #sessions: Sessions;
  readonly #hasher: PasswordHasher;

  constructor(claims: ClaimStore, sessions: Sessions, hasher: PasswordHasher) {
    this.#claims = claims;
    this.#sessions = sessions;
    this.#hasher = hasher;
  }

  /** What stands, for who knows the password. @throws ProtocolError `auth/credentials-wrong` */
  async open(account: AccountId, authKey: Uint8Array): Promise<AccountParts> {
    const { parts } = await requireNewestVersion(this.#claims, account);
    await new Proof(this.#hasher, authKey).require(parts.credentials);
    return parts;
  }

  /**
   * Replaces what the request gives. The same request again, after a lost answer, changes nothing.
   * @throws ProtocolError `auth/credentials-wrong`, `auth/vault-stale`, `auth/device-list-stale`, `auth/forbidden`, `request/invalid`
   */
  async change(asking: Asking, request: ChangeAccount): Promise<void> {
    const { account } = asking;
    const proof = new Proof(this.#hasher, request.authKey);
    let hash: Promise<string> | undefined;
    const version = await changeAccount(this.#claims, account, async (newest) => {
      if (await this.#isMade(newest, request, proof)) return undefined;
      await proof.require(newest.credentials);
      const { vault, credentials, deviceList } = request;
      if (vault) requireVault(newest, vault.previous);
      if (deviceList) requireNextList(asking, newest, deviceList);
      if (credentials) hash ??= this.#hasher.hash(credentials.authKey);
      return {
        v: 1,
        vault: vault?.sealed ?? newest.vault,
        deviceList: deviceList ?? newest.deviceList,
        credentials: credentials
          ? {
              kdf: credentials.kdf,
              hash: await hash!,
              generation: newest.credentials.generation + 1,
              resetBy: '',
            }
          : newest.credentials,
      };
    });
    if (request.deviceList) await followList(this.#claims, this.#sessions, account, version);
    if (request.credentials) await this.#endUnlinked(account, asking.session);
  }

  /**
   * Adds a device in place of others, which go with the keys that they had: list, vault and the device's keys in one.
   * @throws ProtocolError as {@link change}
   */
  async replace(account: AccountId, { device, deviceList, replacing }: ReplaceDevice): Promise<void> {
    const proof = new Proof(this.#hasher, replacing.authKey);
    const version = await changeAccount(this.#claims, account, async (newest) => {
      await proof.require(newest.credentials);
      const { sealed, previous } = replacing;
      if (sameBytes(newest.vault, sealed) && sameBytes(newest.deviceList, deviceList)) return undefined;
      requireVault(newest, previous);
      requireNoOther(newest, readNextList(deviceList, account, device, newest), device.id);
      await storeDevice(this.#claims, account, device);
      return { ...newest, vault: sealed, deviceList };
    });
    await followList(this.#claims, this.#sessions, account, version);
  }

  /**
   * Another account key, and with it everything else: nothing of before opens the vault. Everybody else's session ends. Without
   * a new device in the request, the one that asks is the one that stays.
   * @throws ProtocolError as {@link change}
   */
  async startOver(asking: Asking, request: StartOver): Promise<void> {
    const { account } = asking;
    const { device, deviceList, vault } = request;
    const proof = new Proof(this.#hasher, request.authKey);
    const version = await changeAccount(this.#claims, account, async (newest) => {
      await proof.require(newest.credentials);
      if (sameBytes(newest.vault, vault.sealed) && sameBytes(newest.deviceList, deviceList)) return undefined;
      requireVault(newest, vault.previous);
      readListAnew(deviceList, account, device ?? listedAsking(asking, newest), newest);
      if (device) await storeDevice(this.#claims, account, device);
      return { ...newest, vault: vault.sealed, deviceList };
    });
    await this.#sessions.endOf(account, ({ id }) => id !== asking.session);
    await followList(this.#claims, this.#sessions, account, version);
  }

  /** Who signed in with the password before and has no device yet, has nothing but that password. */
  async #endUnlinked(account: AccountId, but: SessionId): Promise<void> {
    await this.#sessions.endOf(account, ({ id, device }) => device === undefined && id !== but);
  }

  /** Whether the newest version is what the request asks for already, known by its own password. */
  async #isMade(newest: AccountParts, request: ChangeAccount, proof: Proof): Promise<boolean> {
    const { vault, credentials, deviceList } = request;
    if (vault && !sameBytes(newest.vault, vault.sealed)) return false;
    if (deviceList && !sameBytes(newest.deviceList, deviceList)) return false;
    if (!credentials) return proof.opens(newest.credentials);
    return new Proof(this.#hasher, credentials.authKey).opens(newest.credentials);
  }
}

function requireVault(newest: AccountParts, previous: Uint8Array): void {
  if (!sameBytes(sha256(newest.vault), previous)) throw new ProtocolError('auth/vault-stale');
}

/** A list that a listed device brings, and may leave itself out of. It names no new one: those are linked, with their keys. */
function requireNextList(asking: Asking, newest: AccountParts, encoded: Uint8Array): void {
  listedAsking(asking, newest);
  requireNoOther(newest, readNextList(encoded, asking.account, undefined, newest));
}

/** @param but the one that may be new */
function requireNoOther(newest: AccountParts, { list }: HeldList, but?: DeviceId): void {
  const before = heldList(newest);
  if (list.devices.some(({ id }) => id !== but && !isListed(before, id)))
    throw new ProtocolError('request/invalid', { detail: 'device list names a new device' });
}

/** The device that asks, as the newest list has it. @throws ProtocolError `auth/forbidden` */
function listedAsking({ device }: Asking, newest: AccountParts): OwnDevice {
  const own = heldList(newest).list.devices.find(({ id }) => id === device);
  if (!own) throw new ProtocolError('auth/forbidden', { detail: 'device not listed' });
  return { id: own.id, identityKey: own.key };
}

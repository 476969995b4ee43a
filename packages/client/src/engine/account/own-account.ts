import type { DeviceId } from '@sotto/protocol';
import type { Directory } from '../../account/directory.js';
import type { SeenVersions } from '../../account/seen-versions.js';
import type { AccountKeysRecord } from '../../conversation/account-keys-record.js';
import type { DeviceContext } from '../context/device-context.js';
import { Serial } from '../context/serial.js';
import type { Change } from '../room/room-chains.js';
import { OwnDevices, type OwnDevicesEvents } from './own-devices.js';
import { SharedKeys } from './shared-keys.js';

/** What this account's device tells of it. */
export interface OwnAccountEvents extends Omit<OwnDevicesEvents, 'listed'> {
  /** Settings that could not be read before may be there now. */
  settingsChanged(): void;
  seen(versions: SeenVersions): void;
  /** The account goes on under another key, which this device made. */
  renewed(): void;
  /** A device that this one removed is off the list. */
  left(device: DeviceId): Promise<void>;
}

/** The account as one of its devices has it: what a person changes of it, and what other devices say of it. */
export class OwnAccount {
  readonly devices: OwnDevices;
  readonly keys: SharedKeys;
  readonly #context: DeviceContext;
  readonly #events: OwnAccountEvents;
  /** One change at a time; what a crash left is settled between them. */
  readonly changes = new Serial();

  constructor(context: DeviceContext, directory: Directory, events: OwnAccountEvents) {
    this.#context = context;
    this.#events = events;
    this.keys = new SharedKeys(
      context,
      directory,
      () => {
        events.seen({ vault: context.accountKeys.current.vaultVersion, list: 0 });
        events.settingsChanged();
      },
      () => events.renewed(),
    );
    this.devices = new OwnDevices(context, directory, {
      devices: (snapshot) => events.devices(snapshot),
      removed: () => events.removed(),
      listed: async (devices, version) => {
        events.seen({ vault: 0, list: version });
        for (const device of context.owedBounds.removing)
          if (!devices.includes(device)) await events.left(device);
        return this.keys.compare(devices);
      },
    });
  }

  /** Versions of the vault and of the list that were seen to stand. */
  seen(versions: SeenVersions): void {
    this.#events.seen(versions);
  }

  /** A connection begins: what changed meanwhile, here and elsewhere. */
  online(): void {
    const { guard } = this.#context;
    guard(() => this.devices.look());
    guard(() => this.changes.run(() => this.keys.settled()));
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
  accept(
    from: { readonly account: string; readonly device: DeviceId },
    record: AccountKeysRecord,
  ): Promise<Change> {
    return this.keys.accept(from, record);
  }

  /** Another device asks for the account's keys. */
  asked(from: { readonly account: string; readonly device: DeviceId }): void {
    const { guard, self } = this.#context;
    if (from.account === self.account) guard(() => this.keys.tellAgain(from.device));
  }
}

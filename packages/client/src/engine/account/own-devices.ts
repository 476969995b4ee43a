import type { DeviceId, DeviceList } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { Directory } from '../../account/directory.js';
import { isAccountError } from '../../account/errors.js';
import type { DevicesSnapshot } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';

/** What follows from the account's own list. */
export interface OwnDevicesEvents {
  devices(snapshot: DevicesSnapshot): void;
  /** The account's list, signed by its own key, does not name this device any more. */
  removed(): void;
  /** Whom the newest own list names, and which version of it that is. */
  listed(devices: readonly DeviceId[], version: number): Promise<void>;
}

/** The account's own devices as its signed list names them. */
export class OwnDevices {
  readonly #context: DeviceContext;
  readonly #directory: Directory;
  readonly #events: OwnDevicesEvents;
  /** Of whom nobody here need be told. */
  readonly #linkedHere = new Set<DeviceId>();

  constructor(context: DeviceContext, directory: Directory, events: OwnDevicesEvents) {
    this.#context = context;
    this.#directory = directory;
    this.#events = events;
  }

  /** The newest own list that was verified. */
  async list() {
    return (await this.#directory.pinned(this.#context.self.account))?.list;
  }

  /** Tells what is known without asking. */
  async tell(): Promise<void> {
    const known = await this.list();
    if (!known) return;
    const { device } = this.#context.self;
    const isUnseen = (id: DeviceId) => known.unseen.includes(id) && !this.#linkedHere.has(id);
    this.#events.devices({
      devices: known.list.devices.map((listed) => ownDevice(listed, device, isUnseen(listed.id))),
    });
  }

  /** Somebody links a device here: it is not told of as new. */
  async linkingHere(device: DeviceId, link: () => Promise<void>): Promise<void> {
    this.#linkedHere.add(device);
    try {
      await link();
      await this.#context.people.see(this.#context.self.account, device);
    } catch (error) {
      this.#linkedHere.delete(device);
      throw error;
    }
  }

  /** Takes a list that was signed or verified here just now. */
  async take(encoded: Uint8Array): Promise<void> {
    const { self, people } = this.#context;
    const username = (await this.#directory.pinned(self.account))?.username ?? '';
    await this.#directory.accept({
      account: self.account,
      username,
      deviceList: new Uint8Array(encoded),
    });
    people.outdated(self.account);
    await this.look();
  }

  /** Asks for the newest list, and sees whether this device is still on it. */
  async look(): Promise<void> {
    const { self, people } = this.#context;
    try {
      const { list } = await people.fresh(self.account);
      await this.tell();
      const ids = list.list.devices.map(({ id }) => id);
      if (ids.includes(self.device)) await this.#events.listed(ids, list.list.version);
      else this.#events.removed();
    } catch (error) {
      // Not there now, or a list that does not verify: what is known goes on to be shown, and `doubts` has the rest.
      if (!(error instanceof ProtocolError) && !isAccountError(error)) throw error;
      await this.tell();
    }
  }
}

function ownDevice(
  { id, name, kind, added }: DeviceList['devices'][number],
  current: DeviceContext['self']['device'],
  unseen: boolean,
): DevicesSnapshot['devices'][number] {
  return { id, name, kind, added, current: id === current, isNew: unseen && id !== current };
}

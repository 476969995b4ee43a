import type { AccountId, DeviceId, ListedDevice } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import {
  firstDeviceList,
  listUnderNewKey,
  nextDeviceList,
  type VerifiedDeviceList,
} from '../../account/device-list.js';
import { createDirectory, type Directory } from '../../account/directory.js';
import { generateIdentityKeyPair, type IdentityKeyPair } from '../../crypto/index.js';
import type { TestDevice } from './test-device.js';

/** Somebody whose device lists a test device is told of, as if a server had answered. */
export class KnownPerson {
  readonly account: AccountId;
  readonly #device: TestDevice;
  readonly #directory: Directory;
  #key: IdentityKeyPair = generateIdentityKeyPair();
  #list: VerifiedDeviceList;

  constructor(device: TestDevice, account = randomId<AccountId>()) {
    this.account = account;
    this.#device = device;
    const asked = async () => Promise.reject(new Error('asked'));
    const { notes, now, keys } = device.context;
    this.#directory = createDirectory(
      { person: asked, account: asked, newerLists: asked, deviceLists: asked },
      keys,
      {
        now,
        changing: (change) => notes.add(change),
      },
    );
    this.#list = firstDeviceList(account, this.#key, [listedDevice('Laptop')]);
  }

  /** Account key that the newest list is signed by. */
  get identity(): Uint8Array {
    return this.#key.publicKey;
  }

  /** The device hears of the newest list. */
  async told(): Promise<this> {
    const { account } = this;
    const deviceList = new Uint8Array(this.#list.encoded);
    await this.#directory.accept({ account, username: 'ada', deviceList });
    // Makes the device look at what is pinned by now.
    await this.#device.context.people.learnPast(account);
    return this;
  }

  async link(name: string): Promise<void> {
    this.#list = await nextDeviceList(this.#list, this.#key, [
      ...this.#list.list.devices,
      listedDevice(name),
    ]);
  }

  async startOver(): Promise<void> {
    this.#key = generateIdentityKeyPair();
    this.#list = await listUnderNewKey(this.#list, this.#key, [listedDevice('New laptop')]);
  }
}

function listedDevice(name: string): ListedDevice {
  const key = new Uint8Array(generateIdentityKeyPair().publicKey);
  return { id: randomId<DeviceId>(), key, name, kind: 'device', added: 1 };
}

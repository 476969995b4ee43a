import type { AccountId, DeviceId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { createCookieJar } from '../../account/cookie-jar.js';
import { createAccountApi } from '../../account/http-api.js';
import { generateIdentityKeyPair } from '../../crypto/index.js';
import { type TemporaryStores, temporaryStores } from '../../store/testing/temporary-stores.js';
import { recordingEvents } from '../../sync/testing/recording-events.js';
import { AccountKeys } from '../context/account-keys.js';
import type { DeviceContext, Self } from '../context/device-context.js';
import { makeContext } from '../device/make-context.js';

/** A device over real stores that never gets online. */
export interface TestDevice {
  readonly self: Self;
  readonly context: DeviceContext;
  readonly stores: TemporaryStores;
  /** Times that the outbox told of a change. */
  readonly changes: number[];
  /** The same device in its next process. */
  reopen(): Promise<TestDevice>;
  remove(): Promise<void>;
}

/** All test devices are of one account, as far as its keys go. */
const keyring = {
  accountLogKeys: [crypto.getRandomValues(new Uint8Array(32))],
  archiveKeys: [crypto.getRandomValues(new Uint8Array(32))],
  vaultVersion: 1,
};

/** @param now milliseconds since 1970 */
export async function testDevice(now: () => number = () => Date.now()): Promise<TestDevice> {
  const self: Self = {
    account: randomId<AccountId>(),
    device: randomId<DeviceId>(),
    generation: 1,
    identity: generateIdentityKeyPair(),
  };
  return openIn(await temporaryStores(), self, now, new AccountKeys(keyring));
}

async function openIn(
  stores: TemporaryStores,
  self: Self,
  now: () => number,
  accountKeys: AccountKeys,
): Promise<TestDevice> {
  const changes: number[] = [];
  const fail = () => {
    throw new Error('a device that never gets online has nobody to ask');
  };
  const events = {
    roomChanged: () => {},
    listChanged: () => {},
    history: () => {},
    connection: () => {},
    copied: fail,
    sessionEnded: () => {},
    devices: () => {},
    seen: () => {},
    overtaken: () => {},
    keysOverdue: () => {},
    fault: (error: unknown) => {
      throw error;
    },
  };
  const handlers = {
    connection: recordingEvents(),
    outboxChanged: () => changes.push(changes.length),
    copied: fail,
    personChanged: () => {},
    heard: () => {},
    heardTwice: () => {},
    missing: () => {},
    uploadFiles: () => {},
    sendPosts: async () => {},
    archiveQueued: () => {},
    guard: (work: () => Promise<void>) => void work(),
    comingBack: { isComplete: () => true, compare: fail, left: () => [] },
  };
  const { context } = await makeContext(
    {
      ...{ self, stores, accountKeys, now },
      api: createAccountApi({ origin: 'http://127.0.0.1:1', cookies: createCookieJar(), fetch: fail }),
      syncUrl: 'ws://127.0.0.1:1/sync',
      overtaken: false,
      openSocket: fail,
      events,
    },
    handlers,
  );
  return {
    ...{ self, context, stores, changes },
    async reopen() {
      await context.summaries.flush();
      return openIn(await stores.reopen(), self, now, accountKeys);
    },
    async remove() {
      await context.summaries.flush();
      await stores.remove();
    },
  };
}

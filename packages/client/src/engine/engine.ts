import type { AccountId, ConversationId, EventId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { CookieJar } from '../account/cookie-jar.js';
import type { MadeDevice } from '../account/device-keys.js';
import { storedDevice } from '../account/device-keys.js';
import { type AccountApi, createAccountApi } from '../account/http-api.js';
import { signIn } from '../account/sign-in.js';
import { completeSignUp, readToken } from '../account/sign-up.js';
import type { VaultContents } from '../account/vault-contents.js';
import type { Profile, Profiles } from '../store/profiles.js';
import type { DeviceStores } from '../store/stores.js';
import type { ConnectionState } from '../sync/connection.js';
import type { WebSocketFactory } from '../sync/socket.js';
import type { Engine, EngineCalls, EngineTopics, TopicName } from './api/engine-api.js';
import { toCallError } from './call-errors.js';
import { Drafts } from './context/drafts.js';
import { Serial } from './context/serial.js';
import { DeviceCalls } from './device/device-calls.js';
import { OpenDevice } from './device/open-device.js';
import {
  conversationList,
  type SnapshotSource,
  timelineSnapshot,
  type UnreadLines,
} from './publishing/snapshots.js';
import { Topics } from './publishing/topics.js';
import type { Room } from './room/room.js';
import { type AccountRecord, accountWrite, readAccount } from './session/account-record.js';

/** What an engine needs of where it runs. */
export interface EnginePlatform {
  /** Of the service, such as `https://sotto.example`. */
  readonly origin: string;
  readonly profiles: Profiles;
  readonly openSocket: WebSocketFactory;
  /** How people know this device: "Firefox on Linux". */
  readonly deviceName: string;
  readonly fetch?: typeof fetch;
  /** Keeps the refresh cookie where no browser does. */
  readonly cookies?: CookieJar;
  now?(): number;
  /** Hears of what should not happen, such as a store that fails. Never of content. */
  report(error: unknown): void;
}

/** An account that is open on this device. */
interface SignedInDevice {
  readonly device: OpenDevice;
  readonly calls: DeviceCalls;
  readonly source: SnapshotSource;
  readonly record: AccountRecord;
  readonly unreadLines: UnreadLines;
}

/**
 * Makes the engine and takes up the session that was left, if there is one.
 * @example const engine = await createEngine({ origin, profiles: await openBrowserProfiles(), openSocket, deviceName, report });
 */
export async function createEngine(platform: EnginePlatform): Promise<Engine> {
  const engine = new SottoEngine(platform);
  await engine.begin();
  return engine;
}

class SottoEngine implements Engine {
  readonly calls: EngineCalls;
  readonly #platform: EnginePlatform;
  readonly #api: AccountApi;
  readonly #topics: Topics;
  readonly #sessions = new Serial();
  readonly #changed = new Set<Room>();
  #listChanged = false;
  #signedIn: SignedInDevice | undefined;

  constructor(platform: EnginePlatform) {
    this.#platform = platform;
    this.#api = createAccountApi(platform);
    this.#topics = new Topics(
      (topic, argument) => this.#watched(topic, argument),
      (topic, argument) => this.#left(topic, argument),
    );
    this.calls = this.#describeCalls();
    this.#topics.publish('session', null, { state: 'starting' });
    this.#publishConnection('offline', null);
  }

  async begin(): Promise<void> {
    await this.#sessions.run(async () => {
      const profile = await this.#platform.profiles.current();
      const opened = profile && (await this.#resume(profile));
      if (opened) return;
      await this.#publishSignedOut(false);
      // A sign-out that the server did not hear of is repeated; without a cookie it changes nothing.
      if (profile) void this.#api.endSession().catch(() => undefined);
    });
  }

  watch<T extends TopicName>(
    topic: T,
    argument: EngineTopics[T]['argument'],
    listener: (snapshot: EngineTopics[T]['snapshot']) => void,
  ): () => void {
    return this.#topics.watch(topic, argument, listener);
  }

  close(): Promise<void> {
    return this.#sessions.run(() => this.#closeDevice());
  }

  #describeCalls(): EngineCalls {
    const calls: EngineCalls = {
      requestSignUp: (input) => this.#api.requestSignUp(input),
      checkLink: ({ token }) => this.#api.checkLink({ token: readToken(token) }),
      completeSignUp: (input) => this.#sessions.run(() => this.#signUp(input)),
      signIn: (input) => this.#sessions.run(() => this.#signIn(input)),
      signOut: () => this.#sessions.run(() => this.#signOut()),
      removeFromBrowser: () => this.#sessions.run(() => this.#remove()),
      localContents: () => this.#open().calls.localContents(),
      startDirect: (input) => this.#open().calls.startDirect(input),
      answerRequest: (input) => this.#open().calls.answerRequest(input),
      unblock: (input) => this.#open().calls.unblock(input),
      send: (input) => this.#open().calls.send(input),
      retry: (input) => this.#open().calls.retry(input),
      discard: (input) => this.#open().calls.discard(input),
      markRead: (input) => this.#open().calls.markRead(input),
      saveDraft: (input) => this.#open().calls.saveDraft(input),
      loadOlder: (input) => this.#open().calls.loadOlder(input),
      reconnect: () => this.#open().calls.reconnect(),
    };
    return withCallErrors(calls);
  }

  #open(): SignedInDevice {
    if (!this.#signedIn) throw new ProtocolError('client/not-signed-in');
    return this.#signedIn;
  }

  async #signUp(input: Parameters<EngineCalls['completeSignUp']>[0]): Promise<{ recoveryKey: string }> {
    await this.#closeDevice();
    const made = new NewStores(this.#platform.profiles);
    try {
      const { deviceName } = this.#platform;
      const { username } = input;
      const signedUp = await completeSignUp(this.#api, {
        ...input,
        deviceName,
        keep: ({ account, vault, device }) =>
          made.keep({ account, username, vault, device, lacksHistory: false }),
      });
      const { account, session, device, list } = signedUp;
      const stores = await made.finish(session);
      await this.#platform.profiles.use({
        account,
        username: session.username,
        device: device.id,
        email: session.email,
      });
      await this.#start(stores, {
        account,
        username: session.username,
        deviceList: new Uint8Array(list.encoded),
      });
      return { recoveryKey: signedUp.recoveryKey };
    } catch (error) {
      await made.discard();
      throw error;
    }
  }

  async #signIn({ login, password }: Parameters<EngineCalls['signIn']>[0]): Promise<void> {
    await this.#closeDevice();
    const { profiles, deviceName } = this.#platform;
    const known = await profiles.forLogin(login);
    const made = new NewStores(profiles);
    try {
      const signedIn = await signIn(this.#api, {
        login,
        password,
        knownDevice: known?.device,
        deviceName,
        keep: ({ account, username, vault, device }) =>
          made.keep({ account, username, vault, device, lacksHistory: true }),
      });
      const { account, session, vault, list } = signedIn;
      const stores = signedIn.linked ? await made.finish(session) : await this.#unlock(account, vault);
      await profiles.use({
        account,
        username: session.username,
        device: signedIn.deviceId,
        email: session.email,
      });
      await this.#start(stores, {
        account,
        username: session.username,
        deviceList: new Uint8Array(list.encoded),
      });
    } catch (error) {
      await made.discard();
      throw error;
    }
  }

  async #unlock(account: AccountId, vault: VaultContents): Promise<DeviceStores> {
    const { profiles } = this.#platform;
    const keyring = await profiles.keyring(account);
    try {
      return await profiles.openStores(account, await keyring.unlock(vault.unlockSecret));
    } finally {
      await keyring.close();
    }
  }

  /** @returns false when the profile is locked or was never finished */
  async #resume(profile: Profile): Promise<boolean> {
    const { profiles } = this.#platform;
    const keyring = await profiles.keyring(profile.account);
    const storeKey = await keyring.openUnlocked();
    await keyring.close();
    if (!storeKey) return false;
    await this.#start(await profiles.openStores(profile.account, storeKey), null);
    return true;
  }

  /** @param person this account's own list as the server just gave it; null when there is no connection to ask */
  async #start(
    stores: DeviceStores,
    person: { account: AccountId; username: string; deviceList: Uint8Array<ArrayBuffer> } | null,
  ): Promise<void> {
    const record = await readAccount(stores.keys);
    const stored = await storedDevice(stores.keys);
    if (!record || !stored) throw new ProtocolError('client/store-failed', { detail: 'no device' });
    const { account, username, generation, lacksHistory } = record;
    const device = await OpenDevice.open({
      self: { account, device: stored.device, identity: stored.identity, generation },
      stores,
      api: this.#api,
      accountLogKey: record.accountLogKey,
      syncUrl: `${this.#platform.origin.replace(/^http/, 'ws')}/sync`,
      openSocket: this.#platform.openSocket,
      now: () => this.#platform.now?.() ?? Date.now(),
      events: {
        roomChanged: (room) => this.#roomChanged(room),
        listChanged: () => this.#publishLater(),
        connection: (state, error) => this.#publishConnection(state, error),
        sessionEnded: () => void this.#sessions.run(() => this.#lock(true)),
        fault: (error) => this.#platform.report(error),
      },
    });
    if (person) await device.directory.accept(person);
    const drafts = await Drafts.open(stores.messages);
    const me = { account, username };
    const source = { context: device.context, drafts, me, lacksHistory };
    const calls = new DeviceCalls(device, drafts, () => this.#publishLater());
    this.#signedIn = { device, calls, source, record, unreadLines: new Map() };
    const { email } = record;
    this.#topics.publish('session', null, { state: 'signed-in', account, username, email, lacksHistory });
    this.#topics.publish('conversations', null, conversationList(source));
    for (const conversation of this.#topics.watchedArguments('timeline'))
      this.#watched('timeline', conversation);
    device.connect();
    device.guard(() => device.reconcile());
  }

  async #signOut(): Promise<void> {
    await this.#lock(false);
    // Offline the server hears of it later: see begin.
    await this.#api.endSession().catch((error: unknown) => {
      if (!(error instanceof ProtocolError)) throw error;
    });
  }

  async #lock(ended: boolean): Promise<void> {
    const { record } = this.#signedIn ?? {};
    await this.#closeDevice();
    if (record) {
      const keyring = await this.#platform.profiles.keyring(record.account);
      await keyring.lock();
      await keyring.close();
    }
    await this.#publishSignedOut(ended);
  }

  async #remove(): Promise<void> {
    const account = this.#signedIn?.record.account ?? (await this.#platform.profiles.current())?.account;
    await this.#closeDevice();
    if (account) await this.#platform.profiles.remove(account);
    await this.#publishSignedOut(false);
    await this.#api.endSession().catch((error: unknown) => {
      if (!(error instanceof ProtocolError)) throw error;
    });
  }

  async #closeDevice(): Promise<void> {
    const signedIn = this.#signedIn;
    if (!signedIn) return;
    this.#signedIn = undefined;
    this.#changed.clear();
    this.#topics.forget('timeline');
    this.#topics.publish('conversations', null, []);
    await signedIn.device.close();
    this.#publishConnection('offline', null);
  }

  async #publishSignedOut(ended: boolean): Promise<void> {
    const profile = await this.#platform.profiles.current();
    const known = profile ? { username: profile.username } : null;
    this.#topics.publish('session', null, { state: 'signed-out', ended, known });
  }

  #publishConnection(state: ConnectionState, error: ProtocolError | null): void {
    const now = this.#platform.now?.() ?? Date.now();
    const queued = this.#signedIn?.device.context.outbox.waiting ?? 0;
    this.#topics.publish('connection', null, { state, since: now, queued, error: error?.code ?? null });
  }

  #watched(topic: TopicName, argument: string | null): void {
    const signedIn = this.#signedIn;
    if (topic !== 'timeline' || !signedIn) return;
    const id = argument as ConversationId;
    signedIn.device.guard(async () => {
      const open = await signedIn.device.rooms.get(id);
      if (!open) return;
      await open.room.open();
      signedIn.unreadLines.set(id, (open.room.timeline.firstUnread()?.id ?? null) as EventId | null);
      this.#topics.publish(
        'timeline',
        id,
        timelineSnapshot(signedIn.source, open.room, signedIn.unreadLines.get(id)!),
      );
    });
  }

  #left(topic: TopicName, argument: string | null): void {
    if (topic === 'timeline') this.#signedIn?.unreadLines.delete(argument as ConversationId);
  }

  #roomChanged(room: Room): void {
    this.#changed.add(room);
    this.#publishLater();
  }

  /** Changes of one turn are published together. */
  #publishLater(): void {
    if (this.#listChanged) return;
    this.#listChanged = true;
    queueMicrotask(() => {
      this.#listChanged = false;
      this.#publishChanges();
    });
  }

  #publishChanges(): void {
    const signedIn = this.#signedIn;
    if (!signedIn) return;
    for (const room of this.#changed) {
      const line = signedIn.unreadLines.get(room.id);
      if (line !== undefined)
        this.#topics.publish('timeline', room.id, timelineSnapshot(signedIn.source, room, line));
    }
    this.#changed.clear();
    this.#topics.publish('conversations', null, conversationList(signedIn.source));
    this.#publishQueued(signedIn);
  }

  #publishQueued({ device }: SignedInDevice): void {
    const last = this.#topics.last('connection', null);
    const queued = device.context.outbox.waiting;
    if (last && last.queued !== queued) this.#topics.publish('connection', null, { ...last, queued });
  }
}

/** Stores made for a device that the server is about to hear of. */
class NewStores {
  readonly #profiles: Profiles;
  #made:
    | { readonly account: AccountId; readonly stores: DeviceStores; readonly record: AccountRecord }
    | undefined;

  constructor(profiles: Profiles) {
    this.#profiles = profiles;
  }

  /** Keeps a device's secrets, durably, before anybody can know of the device. */
  async keep(made: {
    account: AccountId;
    username: string;
    vault: VaultContents;
    device: MadeDevice;
    lacksHistory: boolean;
  }): Promise<void> {
    const { account, username, vault, device, lacksHistory } = made;
    // Whatever an earlier device of this account left here belongs to nobody now.
    await this.#profiles.remove(account);
    const keyring = await this.#profiles.keyring(account);
    const storeKey = await keyring.create({ account, username, deviceId: device.id }, vault.unlockSecret);
    await keyring.close();
    const stores = await this.#profiles.openStores(account, storeKey);
    const record: AccountRecord = {
      v: 1,
      account,
      username,
      email: '',
      accountLogKey: new Uint8Array(vault.accountLogKey),
      vaultVersion: vault.version,
      generation: 1,
      lacksHistory,
    };
    await stores.keys.write([...device.secrets, accountWrite(record)]);
    this.#made = { account, stores, record };
  }

  /** The server has taken the device. */
  async finish(session: { username: string; email: string }): Promise<DeviceStores> {
    const { stores, record } = this.#made!;
    const { username, email } = session;
    await stores.keys.write([accountWrite({ ...record, username, email })]);
    this.#made = undefined;
    return stores;
  }

  /** It did not: nothing of it stays. */
  async discard(): Promise<void> {
    const made = this.#made;
    this.#made = undefined;
    if (!made) return;
    await made.stores.keys.close();
    await made.stores.messages.close();
    await this.#profiles.remove(made.account);
  }
}

function withCallErrors(calls: EngineCalls): EngineCalls {
  const wrapped = Object.entries(calls).map(([name, call]) => [
    name,
    async (input: never) => {
      try {
        return await (call as (input: never) => Promise<unknown>)(input);
      } catch (error) {
        throw toCallError(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as EngineCalls;
}

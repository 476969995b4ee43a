import { fromBase64url, ProtocolError } from '@sotto/protocol';
import { storedDevice } from '../account/device-keys.js';
import { type AccountApi, createAccountApi } from '../account/http-api.js';
import { readToken } from '../account/mailed-token.js';
import type { AccountChanges } from './account/account-changes.js';
import type { LinkSession } from './account/link-session.js';
import type { Engine, EngineCalls, EngineTopics, TopicName } from './api/engine-api.js';
import type { AttachmentCalls } from './attachments/attachment-calls.js';
import { toCallError, withCallErrors } from './call-errors.js';
import { AccountKeys } from './context/account-keys.js';
import { Drafts } from './context/drafts.js';
import { Serial } from './context/serial.js';
import { DeviceCalls } from './device/device-calls.js';
import type { GroupCalls } from './device/group-calls.js';
import { OpenDevice } from './device/open-device.js';
import type { TrustCalls } from './device/trust-calls.js';
import type { EnginePlatform } from './engine-platform.js';
import { Publisher } from './publishing/publisher.js';
import { type AccountRecord, readAccount } from './session/account-record.js';
import {
  alsoUnlock,
  type Entered,
  type Entrance,
  enterAgain,
  enterAnew,
  enterByLink,
  enterByRecovery,
  enterBySignIn,
  enterBySignUp,
  lockProfile,
} from './session/entering.js';
import { forgetDevice, isEvicted } from './session/eviction.js';
import { endWriterSession } from './session/writer-session.js';

/** An account that is open on this device. */
interface SignedIn {
  readonly device: OpenDevice;
  readonly calls: DeviceCalls;
  /** Loaded when somebody asks for them. */
  readonly trust: () => Promise<TrustCalls>;
  readonly files: () => Promise<AttachmentCalls>;
  readonly groups: () => Promise<GroupCalls>;
  readonly changes: () => Promise<AccountChanges>;
  readonly record: AccountRecord;
}

/** Calls of a part that is loaded when one of them is made. */
function late<K extends keyof EngineCalls>(
  load: () => Promise<Pick<EngineCalls, K>>,
  ...names: K[]
): Pick<EngineCalls, K> {
  type Call = (input: unknown) => Promise<unknown>;
  const calls = names.map((name) => [name, async (input: unknown) => ((await load())[name] as Call)(input)]);
  return Object.fromEntries(calls);
}

/** Made when first asked for; tried again when that failed: what is loaded late may be out of reach for a while. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    made.catch(() => {
      made = undefined;
    });
    return made;
  };
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
  readonly #publisher: Publisher;
  /** Loaded when somebody wants to be linked. */
  #link: LinkSession | undefined;
  /** Signing in and out, one after the other. */
  readonly #sessions = new Serial();
  #signedIn: SignedIn | undefined;

  constructor(platform: EnginePlatform) {
    this.#platform = platform;
    this.#api = createAccountApi(platform);
    this.#publisher = new Publisher(() => this.#now());
    this.calls = withCallErrors(this.#describeCalls());
  }

  begin(): Promise<void> {
    return this.#sessions.run(async () => {
      const { profiles } = this.#platform;
      const profile = await profiles.current();
      const entered = profile && (await enterAgain(profiles, profile));
      if (profile && entered && (await isEvicted(entered))) {
        await forgetDevice(profiles, profile, entered);
        return this.#publisher.session({
          ...{ state: 'signed-out', ended: false, removed: false, evicted: true },
          known: { username: profile.username },
        });
      }
      if (entered) return this.#start(entered);
      await this.#publishSignedOut(false);
      // A sign-out that the server did not hear of is repeated; without a cookie it changes nothing.
      if (profile) void this.#endSession();
    });
  }

  watch<T extends TopicName>(
    topic: T,
    argument: EngineTopics[T]['argument'],
    listener: (snapshot: EngineTopics[T]['snapshot']) => void,
  ): () => void {
    return this.#publisher.watch(topic, argument, listener);
  }

  close(): Promise<void> {
    this.#link?.stop();
    return this.#sessions.run(() => this.#closeDevice());
  }

  #describeCalls(): EngineCalls {
    return {
      requestSignUp: (input) => this.#api.requestSignUp(input),
      checkLink: async ({ token }) => this.#api.checkLink({ token: readToken(token) }),
      completeSignUp: (input) => this.#sessions.run(() => this.#signUp(input)),
      signIn: (input) => this.#enter(() => enterBySignIn(this.#entrance(), input)),
      requestReset: (input) => this.#api.requestReset(input),
      checkReset: async ({ token }) => this.#api.checkReset({ token: readToken(token) }),
      completeReset: async (input) => (await import('../account/reset.js')).completeReset(this.#api, input),
      recover: (input) => this.#enter(() => enterByRecovery(this.#entrance(), input)),
      startOver: async (input) => {
        let recoveryKey = '';
        await this.#enter(async () => {
          const anew = await enterAnew(this.#entrance(), input);
          recoveryKey = anew.recoveryKey;
          return anew;
        });
        return { recoveryKey };
      },
      beginLink: async () => (await this.#linking()).begin(),
      cancelLink: async () => this.#link?.cancel(),
      eraseAccount: ({ password }) => this.#sessions.run(() => this.#erase(password)),
      erasureProgress: ({ receipt }) => this.#api.erasureProgress({ receipt: readReceipt(receipt) }),
      eraseGroup: async ({ conversation }) => {
        this.#open();
        return (await import('./device/erasing.js')).eraseGroup(this.#api, conversation);
      },
      signOut: () => this.#sessions.run(() => this.#signOut()),
      removeFromBrowser: ({ password }) => this.#sessions.run(() => this.#remove(password)),
      localContents: async () => this.#open().localContents(),
      startDirect: async (input) => this.#open().startDirect(input),
      answerRequest: async (input) => this.#open().answerRequest(input),
      unblock: async (input) => this.#open().unblock(input),
      send: async (input) => this.#open().send(input),
      retry: async (input) => this.#open().retry(input),
      discard: async (input) => this.#open().discard(input),
      markRead: async (input) => this.#open().markRead(input),
      saveDraft: async (input) => this.#open().saveDraft(input),
      loadOlder: async (input) => this.#open().loadOlder(input),
      ...late(
        () => this.#account(),
        'renameDevice',
        'removeDevice',
        'seeOwnDevices',
        'changePassword',
        'newRecoveryKey',
        'renewAccount',
        'readLink',
        'approveLink',
      ),
      ...late(
        () => this.#files(),
        'attach',
        'detach',
        'openAttachment',
        'readAttachment',
        'cancelOpening',
        'attachmentUsage',
      ),
      ...late(
        () => this.#groups(),
        'lookUp',
        'createGroup',
        'addMembers',
        'removeMember',
        'leaveGroup',
        'hideGroup',
        'setRole',
        'renameGroup',
        'setSharesPast',
        'withdrawChange',
      ),
      ...late(
        () => this.#trust(),
        'safetyNumber',
        'checkScanned',
        'setVerified',
        'acceptIdentity',
        'seeDevices',
      ),
      reconnect: async () => this.#open().reconnect(),
    };
  }

  async #linking(): Promise<LinkSession> {
    const { LinkSession } = await import('./account/link-session.js');
    this.#link ??= new LinkSession({
      api: this.#api,
      deviceName: this.#platform.deviceName,
      now: () => this.#now(),
      publish: (snapshot) => this.#publisher.link(snapshot),
      enter: (offer, secrets) =>
        this.#sessions.run(() => this.#entered(() => enterByLink(this.#entrance(), offer, secrets))),
      codeOf: (error) => this.#codeOf(error),
    });
    return this.#link;
  }

  /** A failure that nobody waits for, as screens have words for it. */
  #codeOf(error: unknown): ProtocolError {
    const told = toCallError(error);
    if (told instanceof ProtocolError) return told;
    this.#platform.report(error);
    return new ProtocolError('service/unavailable', { cause: error });
  }

  #now(): number {
    return this.#platform.now?.() ?? Date.now();
  }

  #open(): DeviceCalls {
    if (!this.#signedIn) throw new ProtocolError('client/not-signed-in');
    return this.#signedIn.calls;
  }

  #groups(): Promise<GroupCalls> {
    if (!this.#signedIn) throw new ProtocolError('client/not-signed-in');
    return this.#signedIn.groups();
  }

  #files(): Promise<AttachmentCalls> {
    if (!this.#signedIn) throw new ProtocolError('client/not-signed-in');
    return this.#signedIn.files();
  }

  #account(): Promise<AccountChanges> {
    if (!this.#signedIn) throw new ProtocolError('client/not-signed-in');
    return this.#signedIn.changes();
  }

  #entrance(): Entrance {
    return { ...this.#platform, api: this.#api };
  }

  #trust(): Promise<TrustCalls> {
    if (!this.#signedIn) throw new ProtocolError('client/not-signed-in');
    return this.#signedIn.trust();
  }

  async #signUp(input: Parameters<EngineCalls['completeSignUp']>[0]): Promise<{ recoveryKey: string }> {
    await this.#closeDevice();
    const entered = await enterBySignUp(this.#entrance(), input);
    await this.#start(entered);
    return { recoveryKey: entered.recoveryKey };
  }

  #enter(how: () => Promise<Entered>): Promise<void> {
    this.#link?.stop();
    return this.#sessions.run(() => this.#entered(how));
  }

  async #entered(how: () => Promise<Entered>): Promise<void> {
    await this.#closeDevice();
    try {
      await this.#start(await how());
    } catch (error) {
      // A device that was overtaken can be read until it is linked anew.
      const { profiles } = this.#platform;
      const profile = await profiles.current();
      const entered = profile?.overtaken && (await enterAgain(profiles, profile));
      if (entered) await this.#start(entered);
      throw error;
    }
  }

  async #start({ stores, person }: Entered): Promise<void> {
    const overtaken = (await this.#platform.profiles.current())?.overtaken ?? false;
    const record = await readAccount(stores.keys);
    const stored = await storedDevice(stores.keys);
    if (!record || !stored) throw new ProtocolError('client/store-failed', { detail: 'no device' });
    const { account, username, email, generation } = record;
    const publisher = this.#publisher;
    const device = await OpenDevice.open({
      self: { account, device: stored.device, identity: stored.identity, generation },
      stores,
      api: this.#api,
      accountKeys: new AccountKeys(record),
      syncUrl: `${this.#platform.origin.replace(/^http/, 'ws')}/sync`,
      openSocket: this.#platform.openSocket,
      overtaken,
      now: () => this.#now(),
      events: {
        roomChanged: (room) => publisher.roomChanged(room),
        listChanged: () => publisher.changed(),
        history: (snapshot) => publisher.history(snapshot),
        connection: (state, error) => publisher.connection(state, error),
        keysOverdue: (waiting) => this.#platform.keysOverdue?.(waiting),
        sessionEnded: (error) => void this.#sessions.run(() => this.#ended(device, error)),
        devices: (snapshot) => publisher.devices(snapshot),
        seen: (versions) =>
          void this.#platform.profiles.saw(account, versions).catch((error) => this.#platform.report(error)),
        overtaken: () => void this.#sessions.run(() => this.#overtaken(device)),
        copied: () => void this.#sessions.run(() => this.#beginAnew(device)),
        fault: (error) => this.#platform.report(error),
      },
    });
    const drafts = await orClosed(device, async () => {
      if (person) await acceptOwn(device, person);
      await device.account.devices.tell();
      return Drafts.open(stores.messages);
    });
    const calls = new DeviceCalls(device, drafts, () => publisher.changed());
    this.#signedIn = {
      device,
      calls,
      trust: once(async () => new (await import('./device/trust-calls.js')).TrustCalls(device)),
      files: once(
        async () => new (await import('./attachments/attachment-calls.js')).AttachmentCalls(device.context),
      ),
      groups: once(async () => new (await import('./device/group-calls.js')).GroupCalls(device)),
      changes: once(async () => {
        const { AccountChanges } = await import('./account/account-changes.js');
        const { profiles } = this.#platform;
        return new AccountChanges(device.account, device.context, (secret) =>
          alsoUnlock(profiles, account, secret),
        );
      }),
      record,
    };
    publisher.session({ state: 'signed-in', account, username, email, overtaken });
    publisher.begin({
      source: { context: device.context, drafts, me: { account, username } },
      isKnown: (conversation) => device.rooms.has(conversation),
      open: (conversation, then) => device.openRoom(conversation, then),
    });
    publisher.history(device.history.snapshot());
    device.connect();
    if (overtaken) publisher.connection('offline', new ProtocolError('sync/lease-stale'));
    device.guard(() => device.reconcile());
  }

  /** Another writer session on the same stores, after somebody else wrote under this device's name. */
  async #beginAnew(device: OpenDevice): Promise<void> {
    const { profiles } = this.#platform;
    // Told more than once, or of a device that was closed meanwhile.
    if (this.#signedIn?.device !== device) return;
    try {
      await this.#closeDevice();
      const profile = await profiles.current();
      const entered = profile && (await enterAgain(profiles, profile));
      if (!entered) return await this.#publishSignedOut(false);
      await endWriterSession(entered.stores.keys);
      await this.#start(entered);
    } catch (error) {
      this.#platform.report(error);
    }
  }

  /** Another life of this device is newer: this one stays as it is until somebody signs in. */
  async #overtaken(device: OpenDevice): Promise<void> {
    if (this.#signedIn?.device !== device) return;
    const { account, username, email } = this.#signedIn.record;
    await this.#platform.profiles.overtaken(account);
    this.#publisher.session({
      ...{ state: 'signed-in', account, username, email },
      overtaken: true,
    });
  }

  async #signOut(): Promise<void> {
    await this.#lock(false);
    await this.#endSession();
  }

  /** The server has ended the session: what is here is locked, as when somebody signs out. */
  async #ended(device: OpenDevice, error: ProtocolError): Promise<void> {
    // Told more than once, or of a device that was closed meanwhile.
    if (this.#signedIn?.device !== device) return;
    await this.#lock(true, error.code === 'auth/device-removed');
  }

  async #lock(ended: boolean, removed = false): Promise<void> {
    const { record } = this.#signedIn ?? {};
    await this.#closeDevice();
    if (record) await lockProfile(this.#platform.profiles, record.account);
    await this.#publishSignedOut(ended, removed);
  }

  async #remove(password: string | null): Promise<void> {
    const { profiles } = this.#platform;
    const current = await profiles.current();
    const account = this.#signedIn?.record.account ?? current?.account;
    if (this.#signedIn && password !== null && !current?.overtaken)
      await (await this.#signedIn.changes()).leave(password);
    await this.#closeDevice();
    if (account) await profiles.forget(account);
    await this.#publishSignedOut(false);
    await this.#endSession();
  }

  async #erase(password: string): Promise<{ receipt: string }> {
    const { device, record } = this.#signedIn ?? {};
    if (!device || !record) throw new ProtocolError('client/not-signed-in');
    const { eraseAccount } = await import('./device/erasing.js');
    const asked = await eraseAccount(this.#api, device, record.username, password);
    await this.#remove(null);
    return asked;
  }

  /** Offline the server hears of it at the next start: see {@link begin}. */
  async #endSession(): Promise<void> {
    try {
      await this.#api.endSession();
    } catch (error) {
      if (!(error instanceof ProtocolError)) this.#platform.report(error);
    }
  }

  async #closeDevice(): Promise<void> {
    const signedIn = this.#signedIn;
    if (!signedIn) return;
    this.#signedIn = undefined;
    this.#publisher.end();
    await signedIn.device.close();
    this.#publisher.connection('offline', null);
  }

  async #publishSignedOut(ended: boolean, removed = false): Promise<void> {
    const profile = await this.#platform.profiles.current();
    const known = profile ? { username: profile.username } : null;
    this.#publisher.session({ state: 'signed-out', ended, removed, evicted: false, known });
  }
}

/** @throws ProtocolError `auth/not-found` for a text that is no receipt */
function readReceipt(text: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64url(text);
  } catch {
    throw new ProtocolError('auth/not-found', { detail: 'receipt' });
  }
}

/** A device that nobody is told of must not go on by itself, nor keep its stores. */
async function orClosed<T>(device: OpenDevice, begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    await device.close();
    throw error;
  }
}

/** The own list as signing in gave it: the vault vouches for its key, whatever was known here before. */
async function acceptOwn({ directory }: OpenDevice, answer: NonNullable<Entered['person']>): Promise<void> {
  const { account, offered } = await directory.accept(answer);
  if (offered) await directory.trustOffered(account, offered.list.identity);
}

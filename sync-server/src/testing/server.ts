import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  AccessMember,
  AccountId,
  ConversationId,
  DeviceId,
  DocumentName,
  SessionId,
} from '@sotto/protocol';
import {
  ACCESS_AUDIENCE,
  DOCUMENT_AUDIENCE,
  documentName,
  encodeStruct,
  feedRoot,
  logName,
  randomId,
  TOKEN_ISSUER,
} from '@sotto/protocol';
import { createLogger } from '@sotto/service';
import type { ClaimStore, LevelStores, LogStore } from '@sotto/store';
import { AccessLists, openLevelStores } from '@sotto/store';
import { SignJWT } from 'jose';
import type { ServerLimits } from '../limits.js';
import type { SyncServer } from '../server.js';
import { createSyncServer } from '../server.js';
import { FIRST_LEASE, TestDevice } from './device.js';

/** The auth server's, as far as these servers know. */
export const keys = generateKeyPairSync('ed25519');
const strangerKeys = generateKeyPairSync('ed25519');

/** Somebody with one device and one session. */
export interface Person {
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly session: SessionId;
}

export function person(account = randomId<AccountId>()): Person {
  return { account, device: randomId<DeviceId>(), session: randomId<SessionId>() };
}

export interface TokenOptions {
  readonly expiresAt?: number;
  readonly device?: boolean;
  readonly forged?: boolean;
  readonly audience?: string;
  readonly algorithm?: 'EdDSA' | 'Ed25519';
}

async function sign(
  claims: Record<string, unknown>,
  audience: string,
  options: TokenOptions,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: options.algorithm ?? 'EdDSA' })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(options.audience ?? audience)
    .setJti(randomId())
    .setExpirationTime(Math.floor((options.expiresAt ?? Date.now() + 600_000) / 1_000))
    .sign(options.forged ? strangerKeys.privateKey : keys.privateKey);
}

export function accessToken(
  { account, session, device }: Person,
  options: TokenOptions = {},
): Promise<string> {
  const did = options.device === false ? {} : { did: device };
  return sign({ sub: account, sid: session, ...did }, ACCESS_AUDIENCE, options);
}

export function documentToken(
  { account, session, device }: Person,
  doc: DocumentName,
  cid: number,
  options: TokenOptions = {},
): Promise<string> {
  return sign({ sub: account, sid: session, did: device, doc, cid }, DOCUMENT_AUDIENCE, options);
}

export interface ServerOptions {
  readonly limits?: Partial<ServerLimits>;
  readonly now?: () => number;
  /** Stands between the server and its log, to delay it or to make it fail. */
  readonly wrapLog?: (log: LogStore) => LogStore;
  /** The same for its claims. */
  readonly wrapClaims?: (claims: ClaimStore) => ClaimStore;
  /** Conversations whose access is remembered. */
  readonly remembered?: number;
  /** A folder that is there already, and stays. */
  readonly folder?: string;
}

/** A sync server at an address, in this process or another, and devices that come to it. */
export class Reachable {
  readonly #devices: TestDevice[] = [];

  constructor(readonly url: string) {}

  /** A socket that has said nothing yet. */
  async connect(): Promise<TestDevice> {
    const device = await TestDevice.open(this.url);
    this.#devices.push(device);
    return device;
  }

  /** A device that was welcomed, with one client id granted. */
  async device(who: Person, lease = FIRST_LEASE): Promise<TestDevice> {
    const device = await this.connect();
    device.hello(await accessToken(who), { lease });
    await device.next('welcome');
    device.send({ type: 'grant' });
    const { grant } = await device.next('granted');
    device.client = grant.client;
    device.who = who;
    return device;
  }

  /** A conversation of these people, the first its admin, made as a device would make it. */
  async conversation(device: TestDevice, ...others: Person[]): Promise<ConversationId> {
    const conversation = randomId<ConversationId>();
    await this.advance(device, conversation, 0, [device.who, ...others]);
    return conversation;
  }

  /** Advances the state with the device's next state record. @returns the counter after it */
  async advance(
    device: TestDevice,
    conversation: ConversationId,
    counter: number,
    members: Person[],
  ): Promise<number> {
    const [admin, ...rest] = members.map(({ account }) => account);
    const change = {
      kind: 'group' as const,
      members: [
        { account: admin!, role: 'admin' as const },
        ...rest.map((account): AccessMember => ({ account, role: 'member' })),
      ],
    };
    const document = documentName(logName('s', conversation), 0);
    const { update } = device.envelopes(document, 1);
    device.send({ type: 'advance', batch: 1_000 + counter, counter, conversation, change, document, update });
    return (await device.next('advanced')).counter;
  }

  /** Cuts every device's socket. */
  cut(): void {
    for (const device of this.#devices) device.cut();
  }
}

/** A real server on a free port over real stores in a folder of its own. */
export class TestServer extends Reachable {
  readonly #stop: (() => Promise<void>)[] = [];

  private constructor(
    url: string,
    readonly sync: SyncServer,
    readonly stores: LevelStores,
    readonly access: AccessLists,
    /** What the server logged, so that tests can say it was nothing. */
    readonly logged: string[],
  ) {
    super(url);
  }

  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'sotto-sync-')));
    const stores = await openLevelStores(folder, options.now && { now: options.now });
    const log = options.wrapLog?.(stores.log) ?? stores.log;
    const claims = options.wrapClaims?.(stores.claims) ?? stores.claims;
    const { remembered = 1_000 } = options;
    const access = new AccessLists(log, claims, { remembered });
    const logged: string[] = [];
    const logger = createLogger({ name: 'sync', destination: { write: (line) => void logged.push(line) } });
    const sync = createSyncServer({
      log,
      claims,
      access,
      activity: stores.activity,
      logger,
      tokenKey: keys.publicKey,
      grantKey: TestServer.grantKey,
      limits: { sweepMs: 20, ...options.limits },
      ...(options.now ? { now: options.now } : {}),
    });
    const http = createServer().on('upgrade', sync.handleUpgrade);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    const server = new TestServer(`ws://127.0.0.1:${port}/sync`, sync, stores, access, logged);
    server.#stop.push(async () => {
      await sync.close();
      await new Promise((resolve) => http.close(resolve));
      access.close();
      await stores.close();
      if (!options.folder) await rm(folder, { recursive: true });
    });
    return server;
  }

  /** Resolves when so many sockets are left: the others have gone. */
  async left(sockets: number): Promise<void> {
    while (this.sync.connections > sockets) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  static readonly grantKey = new Uint8Array(randomBytes(32));

  async stop(): Promise<void> {
    this.cut();
    for (const stop of this.#stop) await stop();
  }
}

export function messages(conversation: ConversationId, segment = 0): DocumentName {
  return documentName(logName('m', conversation), segment);
}

/** Records of one feed as a device writes them, for storing behind the server's back. */
export function feedRecords(who: Person, document: DocumentName, client: number, count: number, first = 0) {
  return Array.from({ length: count }, (_, index) => {
    const clock = first + index;
    const body = encodeStruct(feedRoot(who.device, client), client, clock, Uint8Array.of(clock & 255));
    return { document, client, clock, body };
  });
}

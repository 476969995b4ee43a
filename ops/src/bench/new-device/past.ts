import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ArchiveRecord,
  createMessage,
  createReceipt,
  createStateKey,
  directConversationId,
  encodeEvent,
  readStateEvent,
  sealArchiveRecord,
  sealStateEnvelope,
  signChain,
  signStateEvent,
  stateHead,
  type Watermark,
} from '@sotto/client/conversation';
import { AccountState, sealAccountUpdate, Writer } from '@sotto/client/testing/engine';
import {
  type ConversationId,
  type DeviceId,
  documentName,
  encodeStruct,
  feedRoot,
  LIMITS,
  type LogName,
  type LogRecord,
  logName,
} from '@sotto/protocol';
import { AccessLists } from '@sotto/store';
import { type RunningServers, runServers } from '../../engine/testing/running-servers.js';
import { type Contact, signUpFully, signUpQuickly } from './contact.js';

/** Whose formats a past is in: one that was made by another state of them may mean nothing any more. */
const MAKERS = ['@sotto/protocol', '@sotto/client', '@sotto/store'];
const PASSWORD = 'correct horse battery';
const MINUTE_MS = 60_000;

/** An account with a past, as its servers have it. */
export interface Past {
  /** Folder with all state of the servers; to be copied. */
  readonly data: string;
  readonly username: string;
  readonly password: string;
  /** Of the conversation with the newest message, and that message. */
  readonly newest: { readonly username: string; readonly text: string };
  readonly conversations: number;
  readonly messages: number;
}

/**
 * An account with so many conversations of so many messages each, whose one device is gone. Made once and kept between
 * runs: everything sealed, signed and stored as devices and servers do it, without sockets between them.
 */
export async function accountWithPast(conversations: number, messages: number): Promise<Past> {
  const name = `sotto-past-${conversations}x${messages}-`;
  const kept = join(tmpdir(), `${name}${await digestOfMakers()}`);
  const about = join(kept, 'past.json');
  try {
    return { ...JSON.parse(await readFile(about, 'utf8')), data: join(kept, 'data') };
  } catch {
    for (const older of await readdir(tmpdir()))
      if (older.startsWith(name)) await rm(join(tmpdir(), older), { recursive: true, force: true });
    const servers = await runServers();
    const past = await makePast(servers, conversations, messages);
    await servers.stop();
    const making = `${kept}-${process.pid}`;
    await mkdir(making);
    await cp(servers.folder, join(making, 'data'), { recursive: true });
    await writeFile(join(making, 'past.json'), JSON.stringify(past));
    await rm(kept, { recursive: true, force: true });
    await rename(making, kept);
    await servers.remove();
    return { ...past, data: join(kept, 'data') };
  }
}

async function digestOfMakers(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(fileURLToPath(import.meta.url)));
  for (const maker of MAKERS) {
    const folder = dirname(fileURLToPath(import.meta.resolve(maker)));
    const files = await readdir(folder, { recursive: true });
    for (const file of files.filter((one) => /(?<!\.test)\.js$/.test(one)).sort())
      hash.update(await readFile(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function makePast(
  servers: RunningServers,
  conversations: number,
  messages: number,
): Promise<Omit<Past, 'data'>> {
  const mara = await signUpFully(servers, 'mara', PASSWORD);
  const past = new PastWriter(servers, mara);
  const now = Date.now();
  let newest = { username: '', text: '' };
  for (let nth = 0; nth < conversations; nth += 1) {
    const peer = await signUpQuickly(servers, `friend${nth}`);
    const text = await past.converse(peer, messages, now - nth * 37 * MINUTE_MS);
    if (nth === 0) newest = { username: peer.username, text };
  }
  await past.finish();
  return { username: mara.username, password: PASSWORD, newest, conversations, messages };
}

/** Writes the past of an account straight into the servers' stores. */
class PastWriter {
  readonly #servers: RunningServers;
  readonly #self: Contact;
  readonly #access: AccessLists;
  readonly #archive: Uint8Array[] = [];
  readonly #settings = new AccountState();
  readonly #updates: Uint8Array[] = [];

  constructor(servers: RunningServers, self: Contact) {
    this.#servers = servers;
    this.#self = self;
    this.#access = new AccessLists(servers.stores.log, servers.stores.claims);
  }

  /** @param until when the newest message was written, milliseconds since 1970. @returns that message */
  async converse(peer: Contact, messages: number, until: number): Promise<string> {
    const conversation = directConversationId(this.#self.account, peer.account);
    const head = await this.#begin(conversation, peer, until - messages * MINUTE_MS);
    const writers = [peer, this.#self].map(
      ({ account, device }) => new Writer({ conversation, account, device: device.id }),
    );
    const last = await this.#talk(writers as [Writer, Writer], head, messages, until);
    await this.#receipts(conversation, writers as [Writer, Writer], head, until);
    for (const [index, writer] of writers.entries())
      await this.#archiveChain(writer, [peer, this.#self][index]!);
    this.#note(this.#settings.setStanding(peer.account, 'accepted'));
    this.#note(this.#settings.setActivity(conversation, until));
    return last;
  }

  async finish(): Promise<void> {
    const { account, device, vault } = this.#self;
    await this.#appendAll(logName('k', account), device.id, this.#archive);
    const secret = vault.accountLogKeys[0]!;
    const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'AES-GCM', false, ['encrypt']);
    const sealed = await Promise.all(this.#updates.map((update) => sealAccountUpdate(key, update)));
    await this.#appendAll(logName('a', account), device.id, sealed);
    this.#access.close();
  }

  /** The peer makes the conversation. @returns its state head */
  async #begin(conversation: ConversationId, peer: Contact, at: number): Promise<Uint8Array> {
    const stateKey = createStateKey();
    const members = [peer, this.#self]
      .map(({ account, vault }) => ({
        account,
        identity: new Uint8Array(vault.identity.publicKey),
        role: 'admin' as const,
      }))
      .sort((a, b) => (a.account < b.account ? -1 : 1));
    const nonce = crypto.getRandomValues(new Uint8Array(16));
    const signed = signStateEvent(
      {
        type: 'create',
        conversation,
        parents: [],
        device: peer.device.id,
        account: peer.account,
        clock: { wall: at, counter: 0 },
        counter: 1,
        body: { kind: 'direct', name: '', members, past: false, nonce },
      },
      peer.device.identity,
    );
    const position = { document: documentName(logName('s', conversation), 0), client: clientId(), clock: 0 };
    const envelope = await sealStateEnvelope({ key: stateKey, position, signed });
    await this.#access.advance({
      conversation,
      counter: 0,
      change: { kind: 'direct', members: members.map(({ account, role }) => ({ account, role })) },
      by: { account: peer.account, device: peer.device.id },
      records: [recordOf(peer.device.id, position, envelope)],
    });
    await this.#put({ type: 'conversation', conversation, peer: peer.account, stateKey, state: [signed] });
    return stateHead([readStateEvent(signed).hash]);
  }

  /** Three of five messages are the peer's. */
  async #talk(
    writers: [Writer, Writer],
    stateHead: Uint8Array,
    messages: number,
    until: number,
  ): Promise<string> {
    let text = '';
    let records: LogRecord[] = [];
    for (let nth = 0; nth < messages; nth += 1) {
      if (nth > 0 && nth % LIMITS.segmentSoft === 0) {
        await this.#store(records);
        records = [];
        for (const writer of writers) nextSegment(writer);
      }
      const writer = writers[nth % 5 < 3 ? 0 : 1]!;
      text = `${nth + 1}: ${'what was said then '.repeat(1 + (nth % 4))}`.trim();
      const clock = { wall: until - (messages - 1 - nth) * MINUTE_MS, counter: 0 };
      const sealed = await writer.seal(encodeEvent(createMessage({ text, clock })), { stateHead });
      records.push(recordOf(sealed.device, sealed.position, sealed.envelope));
    }
    await this.#store(records);
    return text;
  }

  /** Both have read everything and said so. */
  async #receipts(
    conversation: ConversationId,
    writers: [Writer, Writer],
    stateHead: Uint8Array,
    until: number,
  ): Promise<void> {
    const said = new Map(writers.map((writer) => [writer, writer.seq]));
    const document = documentName(logName('r', conversation), 0);
    for (const [writer, other] of [writers, [...writers].reverse()] as [Writer, Writer][]) {
      const seq = said.get(other)! - 1;
      const watermarks: Watermark[] = [{ device: other.device, generation: 1, delivered: seq, read: seq }];
      const event = encodeEvent(createReceipt({ watermarks, clock: { wall: until, counter: 1 } }));
      const place = { log: 'r', segment: 0, clock: 0, seq: 0, prev: new Uint8Array(16), stateHead } as const;
      const { envelope } = await writer.seal(event, place);
      const position = { document, client: writer.client, clock: 0 };
      await this.#store([recordOf(writer.device, position, envelope)]);
    }
  }

  #archiveChain(writer: Writer, { device }: Contact): Promise<void> {
    const chain = writer.received();
    const signature = signChain(chain, chain.distribution.signingKey, device.identity);
    return this.#put({ type: 'chain', chain, key: new Uint8Array(device.identity.publicKey), signature });
  }

  async #put(record: ArchiveRecord): Promise<void> {
    const { account, device, vault } = this.#self;
    const by = { account, device: device.id, identity: device.identity };
    this.#archive.push(await sealArchiveRecord(record, by, vault.archiveKeys[0]!));
  }

  #note(update: Uint8Array | undefined): void {
    if (update) this.#updates.push(update);
  }

  async #appendAll(log: LogName, device: DeviceId, envelopes: readonly Uint8Array[]): Promise<void> {
    const client = clientId();
    for (let at = 0; at < envelopes.length; at += LIMITS.segmentSoft) {
      const document = documentName(log, at / LIMITS.segmentSoft);
      const some = envelopes.slice(at, at + LIMITS.segmentSoft);
      await this.#store(
        some.map((envelope, clock) => recordOf(device, { document, client, clock }, envelope)),
      );
    }
  }

  async #store(records: readonly LogRecord[]): Promise<void> {
    const stored = await this.#servers.stores.log.append(records);
    const refused = stored.find((outcome) => outcome !== 'stored');
    if (refused || stored.length < records.length) throw new Error(`the store answered ${refused}`);
  }
}

function nextSegment(writer: Writer): void {
  writer.segment += 1;
  writer.clock = 0;
}

function clientId(): number {
  return 1 + Math.floor(Math.random() * 2 ** 52);
}

function recordOf(
  device: DeviceId,
  { document, client, clock }: Pick<LogRecord, 'document' | 'client' | 'clock'>,
  envelope: Uint8Array,
): LogRecord {
  return { document, client, clock, body: encodeStruct(feedRoot(device, client), client, clock, envelope) };
}

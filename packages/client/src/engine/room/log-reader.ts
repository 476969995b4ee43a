import type { AccountId, DeviceId, DocumentName, LogName, Position } from '@sotto/protocol';
import { documentName, parseDocumentName } from '@sotto/protocol';
import type { Binding } from '../../conversation/binding.js';
import { distributionId, type ReceivedChain } from '../../conversation/chain.js';
import { openEnvelope } from '../../conversation/envelope.js';
import { ConversationError, isConversationError } from '../../conversation/errors.js';
import { decodeEvent } from '../../conversation/event.js';
import {
  decodeStoredContent,
  encodeStoredContent,
  type OpenContent,
  type StoredContent,
} from '../../conversation/stored-content.js';
import { checkSuccession, type FeedStep } from '../../conversation/succession.js';
import type { PlacedEntry } from '../../conversation/timeline-entry.js';
import type { MessageStore, StoredEnvelope } from '../../store/message-store.js';
import type { Fresh, FreshRun } from '../../sync/incoming.js';
import type { RoomChains } from './room-chains.js';

/** An envelope whose chain has not come yet. */
export interface Waiting {
  readonly position: Position;
  readonly device: DeviceId;
}

/** What reading a piece of a log gave. */
export interface Read {
  readonly entries: readonly PlacedEntry[];
  readonly waiting: readonly Waiting[];
}

type Content = { readonly position: Position; readonly content: StoredContent };

/** Reads one conversation log (messages or receipts): from the store, and from what the server brings. */
export class LogReader {
  readonly log: LogName;
  /** Highest segment that was read. */
  newest: number | undefined;
  readonly #self: { readonly account: AccountId; readonly device: DeviceId };
  readonly #messages: MessageStore;
  readonly #chains: RoomChains;
  readonly #heard: (binding: Binding, author: AccountId) => void;
  /** Segments read from the store, with the owner of each feed in them. */
  readonly #owners = new Map<DocumentName, Map<number, DeviceId>>();
  /** Latest envelope of each author's feed, by device and generation. */
  readonly #latest = new Map<string, FeedStep>();

  /** @param heard what an author says of the conversation and of the own device list, as an envelope is opened */
  constructor(
    log: LogName,
    self: { readonly account: AccountId; readonly device: DeviceId },
    messages: MessageStore,
    chains: RoomChains,
    heard: (binding: Binding, author: AccountId) => void,
  ) {
    this.log = log;
    this.#self = self;
    this.#messages = messages;
    this.#chains = chains;
    this.#heard = heard;
  }

  /** Whether a segment was read from the store already. */
  loaded(segment: number): boolean {
    return this.#owners.has(documentName(this.log, segment));
  }

  /** Whether the owner of a feed is known, so that its envelopes could be stored. */
  owns(document: DocumentName, client: number): boolean {
    return this.#owners.get(document)?.has(client) ?? false;
  }

  /** Reads a segment from the store; nothing the second time. */
  async load(segment: number): Promise<Read> {
    const document = documentName(this.log, segment);
    if (this.#owners.has(document)) return { entries: [], waiting: [] };
    const stored = await this.#messages.segment(document);
    const owners = new Map<number, DeviceId>();
    const contents = stored.map((envelope) => ({
      position: envelope,
      content: decodeStoredContent(envelope.content),
    }));
    for (const { position, content } of contents) {
      owners.set(position.client, content.device);
      if (content.status === 'open') this.#remember(position, content);
    }
    // A key may have come while this segment was not looked at, or just before the last process ended.
    const opened = new Map((await this.#openWaiting(contents)).map((content) => [content.position, content]));
    this.#owners.set(document, owners);
    this.newest = Math.max(this.newest ?? segment, segment);
    return this.#read(contents.map((content) => opened.get(content.position) ?? content));
  }

  /**
   * Opens, checks and stores what is new in a segment that was {@link load}ed.
   * @param opened called with it before it is stored
   */
  async take(
    document: DocumentName,
    fresh: Fresh,
    opened: (read: Read) => Promise<void> = async () => {},
  ): Promise<Read> {
    await this.load(parseDocumentName(document).document.segment);
    const contents: Content[] = [];
    for (const run of fresh.runs) contents.push(...(await this.#openRun(document, run)));
    const read = this.#read(contents);
    await opened(read);
    await this.#messages.put(contents.map(toStored));
    return read;
  }

  /** Keeps own envelopes that the server acknowledged. */
  async keepOwn(contents: readonly { position: Position; content: OpenContent }[]): Promise<Read> {
    for (const { position, content } of contents) {
      await this.load(parseDocumentName(position.document).document.segment);
      this.#owners.get(position.document)!.set(position.client, content.device);
      this.#remember(position, content);
    }
    await this.#messages.put(contents.map(toStored));
    return this.#read(contents);
  }

  /** Opens envelopes of a loaded segment that waited for a key, now that chains came. */
  async retryWaiting(segment: number): Promise<Read> {
    const stored = await this.#messages.segment(documentName(this.log, segment));
    const contents = stored.map((envelope) => ({
      position: envelope,
      content: decodeStoredContent(envelope.content),
    }));
    return this.#read(await this.#openWaiting(contents));
  }

  /** Those of the envelopes whose key is here by now, opened and stored so. */
  async #openWaiting(contents: readonly Content[]): Promise<Content[]> {
    const opened: Content[] = [];
    for (const { position, content } of contents) {
      if (content.status !== 'waiting') continue;
      const next = await this.#open(position, content.device, content.sealed);
      if (next.status !== 'waiting') opened.push({ position, content: next });
    }
    if (opened.length > 0) await this.#messages.put(opened.map(toStored));
    return opened;
  }

  async #openRun(document: DocumentName, run: FreshRun): Promise<Content[]> {
    const owners = this.#owners.get(document)!;
    const device = run.device ?? owners.get(run.client);
    // A feed whose first envelope never came: the answer to the next question begins at 0.
    if (!device) return [];
    owners.set(run.client, device);
    const contents: Content[] = [];
    for (const [index, sealed] of run.envelopes.entries()) {
      const position = { document, client: run.client, clock: run.clock + index };
      contents.push({ position, content: await this.#open(position, device, sealed) });
    }
    return contents;
  }

  async #open(position: Position, device: DeviceId, sealed: Uint8Array): Promise<StoredContent> {
    try {
      const opened = await openEnvelope({
        bytes: sealed,
        position,
        device,
        chains: (id) => this.#chains.received(id),
        cache: this.#chains.cache,
      });
      if (opened.status === 'no-key')
        return { status: 'waiting', device, sealed, distributionId: opened.distributionId };
      const { seq, prev, epoch } = opened.binding;
      const content: OpenContent = {
        status: 'open',
        device,
        generation: opened.chain.generation,
        seq,
        prev,
        epoch,
        iteration: opened.iteration,
        event: opened.event,
        own: device === this.#self.device,
      };
      this.#follow(content, opened.chain);
      this.#heard(opened.binding, opened.chain.account);
      return content;
    } catch (error) {
      if (!isConversationError(error)) throw error;
      return { status: 'refused', device, reason: error.code };
    }
  }

  /** An envelope must follow the one before it in its author's feed, where that one is known. */
  #follow(content: OpenContent, chain: ReceivedChain): void {
    const key = `${chain.device}.${chain.generation}`;
    const before = this.#latest.get(key);
    // Reading backwards: what came before is read later, and checked against nothing.
    if (before && before.seq > content.seq) return;
    if (before) checkSuccession(before, content);
    this.#latest.set(key, content);
  }

  #remember(position: Position, content: OpenContent): void {
    const chain = this.#author(content);
    if (chain) this.#chains.cache.use(distributionId(chain), content.iteration, position);
    const key = `${content.device}.${content.generation}`;
    const before = this.#latest.get(key);
    if (!before || before.seq < content.seq) this.#latest.set(key, content);
  }

  #author(content: OpenContent): ReceivedChain | undefined {
    return this.#chains.of(content);
  }

  #read(contents: readonly Content[]): Read {
    const entries: PlacedEntry[] = [];
    const waiting: Waiting[] = [];
    for (const { position, content } of contents) {
      if (content.status === 'waiting') waiting.push({ position, device: content.device });
      if (content.status !== 'open') continue;
      const account = this.#author(content)?.account ?? (content.own ? this.#self.account : undefined);
      if (!account) throw new ConversationError('conversation/unknown-device', 'author of a stored envelope');
      const { device, generation, seq } = content;
      entries.push({ account, device, generation, seq, event: decodeEvent(content.event), position });
    }
    return { entries, waiting };
  }
}

function toStored({ position, content }: Content): StoredEnvelope {
  const { document, client, clock } = position;
  return { document, client, clock, content: encodeStoredContent(content) };
}

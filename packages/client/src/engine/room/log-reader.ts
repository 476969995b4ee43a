import type { AccountId, ConversationId, DeviceId, DocumentName, LogName, Position } from '@sotto/protocol';
import { documentName, parseDocumentName, parseLogName } from '@sotto/protocol';
import type { Binding } from '../../conversation/binding.js';
import { distributionId, type ReceivedChain } from '../../conversation/chain.js';
import { type FoundEnvelope, type OpenedEnvelope, openEnvelopes } from '../../conversation/envelope.js';
import { ConversationError, isConversationError } from '../../conversation/errors.js';
import { decodeEvent, eventHash } from '../../conversation/event.js';
import type { DistributionId } from '../../conversation/fields.js';
import { equalBytes } from '../../conversation/hash.js';
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
  /** Of the chain that it waits for. */
  readonly distributionId: DistributionId;
}

/** An entry, the epoch that it was sealed in, and the hash of its event. */
export type ReadEntry = PlacedEntry & { readonly epoch: number; readonly hash: Uint8Array };

/** What reading a piece of a log gave. */
export interface Read {
  readonly entries: readonly ReadEntry[];
  readonly waiting: readonly Waiting[];
}

type Content = { readonly position: Position; readonly content: StoredContent };

/** Envelopes that are opened at once. */
const AT_ONCE = 128;

/** What opening envelopes reveals beside what is in them. */
export interface Heard {
  /** What an author says of the conversation and of the own device list. */
  binding(binding: Binding, author: AccountId): void;
  /** An author said two things in one place. */
  twice(author: AccountId): void;
}

/** Reads one conversation log (messages or receipts): from the store, and from what the server brings. */
export class LogReader {
  readonly log: LogName;
  /** Highest segment that was read. */
  newest: number | undefined;
  readonly #self: { readonly account: AccountId; readonly device: DeviceId };
  readonly #messages: MessageStore;
  readonly #chains: RoomChains;
  readonly #heard: Heard;
  readonly #doubt: (positions: readonly Position[]) => Promise<void>;
  /** Segments read from the store, with the owner of each feed in them. */
  readonly #owners = new Map<DocumentName, Map<number, DeviceId>>();
  /** Stored envelopes whose chain, which says whose they are, is not here any more. */
  readonly #orphans = new Set<string>();
  /** Latest envelope of each author's feed, by device and generation. */
  readonly #latest = new Map<string, FeedStep>();

  constructor(
    log: LogName,
    self: { readonly account: AccountId; readonly device: DeviceId },
    messages: MessageStore,
    chains: RoomChains,
    heard: Heard,
    doubt: (positions: readonly Position[]) => Promise<void> = async () => {},
  ) {
    this.log = log;
    this.#self = self;
    this.#messages = messages;
    this.#chains = chains;
    this.#heard = heard;
    this.#doubt = doubt;
  }

  /** Whether a segment was read from the store already. */
  loaded(segment: number): boolean {
    return this.#owners.has(documentName(this.log, segment));
  }

  /** The latest envelope of an author's feed, of what was read. */
  latest(device: DeviceId, generation: number): FeedStep | undefined {
    return this.#latest.get(`${device}.${generation}`);
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
    const contents = await this.#openRuns(document, fresh.runs, this.#owners.get(document)!, this.#latest);
    const read = this.#read(contents);
    await opened(read);
    await this.#keep(contents, fresh);
    return read;
  }

  /**
   * Opens, checks and stores what is new in a segment that nobody looks at: it is read from the store when somebody does.
   * @returns client ids of feeds whose owner is known, so that they were stored
   */
  async store(document: DocumentName, fresh: Fresh): Promise<ReadonlySet<number>> {
    const owners = fresh.runs.every(({ device }) => device) ? new Map() : await this.#storedOwners(document);
    const contents = await this.#openRuns(document, fresh.runs, owners, new Map());
    await this.#keep(contents, fresh);
    return new Set(owners.keys());
  }

  async #keep(contents: readonly Content[], { again }: Fresh): Promise<void> {
    const stored = contents.map(toStored);
    await (again ? this.#messages.put(stored) : this.#messages.putFresh(stored));
    await this.#doubt(
      contents.filter(({ content }) => content.status === 'refused').map(({ position }) => position),
    );
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

  /** Opens envelopes of a loaded segment that waited for a key, now that chains came. @returns those, and what waits still */
  async retryWaiting(segment: number): Promise<Read> {
    const stored = await this.#messages.segment(documentName(this.log, segment));
    const contents = stored.map((envelope) => ({
      position: envelope,
      content: decodeStoredContent(envelope.content),
    }));
    const opened = new Map((await this.#openWaiting(contents)).map((content) => [content.position, content]));
    const now = contents.map((content) => opened.get(content.position) ?? content);
    const orphans = contents.filter(({ position }) => this.#orphans.has(keyOf(position)));
    const { waiting } = this.#read(now.filter(({ content }) => content.status === 'waiting'));
    const read = this.#read([...opened.values(), ...orphans]);
    return { entries: read.entries, waiting: [...waiting, ...read.waiting] };
  }

  /** Those of the envelopes whose key is here by now, opened and stored so. */
  async #openWaiting(contents: readonly Content[]): Promise<Content[]> {
    const found = contents.flatMap(({ position, content }) =>
      content.status === 'waiting' ? [{ position, device: content.device, bytes: content.sealed }] : [],
    );
    const tried = found.length > 0 ? await this.#open(found, this.#latest) : [];
    const opened = tried.filter(({ content }) => content.status !== 'waiting');
    if (opened.length > 0) await this.#messages.put(opened.map(toStored));
    return opened;
  }

  /**
   * @param owners of the feeds in this document; gets to know more
   * @param latest what the envelopes have to follow on, by feed
   */
  async #openRuns(
    document: DocumentName,
    runs: readonly FreshRun[],
    owners: Map<number, DeviceId>,
    latest: Map<string, FeedStep>,
  ): Promise<Content[]> {
    const found = runs.flatMap(({ client, clock, device, envelopes }): FoundEnvelope[] => {
      const owner = device ?? owners.get(client);
      // A feed whose first envelope never came: the answer to the next question begins at 0.
      if (!owner) return [];
      owners.set(client, owner);
      return envelopes.map((bytes, index) => ({
        bytes,
        device: owner,
        position: { document, client, clock: clock + index },
      }));
    });
    const contents: Content[] = [];
    for (let at = 0; at < found.length; at += AT_ONCE)
      contents.push(...(await this.#open(found.slice(at, at + AT_ONCE), latest)));
    return contents;
  }

  async #open(found: readonly FoundEnvelope[], latest: Map<string, FeedStep>): Promise<Content[]> {
    const { cache } = this.#chains;
    const opened = await openEnvelopes(found, { chains: (id) => this.#chains.received(id), cache });
    return found.map((one, index) => ({
      position: one.position,
      content: this.#contentOf(one, opened[index]!, latest),
    }));
  }

  #contentOf(
    { device, bytes: sealed }: FoundEnvelope,
    opened: OpenedEnvelope | ConversationError,
    latest: Map<string, FeedStep>,
  ): StoredContent {
    try {
      if (opened instanceof ConversationError) throw opened;
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
      if (isSecondAt(content, opened.chain, latest)) this.#heard.twice(opened.chain.account);
      follow(content, opened.chain, latest);
      if (latest === this.#latest) this.#heard.binding(opened.binding, opened.chain.account);
      return content;
    } catch (error) {
      if (!isConversationError(error)) throw error;
      return { status: 'refused', device, reason: error.code };
    }
  }

  async #storedOwners(document: DocumentName): Promise<Map<number, DeviceId>> {
    const stored = await this.#messages.segment(document);
    return new Map(stored.map(({ client, content }) => [client, decodeStoredContent(content).device]));
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
    const entries: ReadEntry[] = [];
    const waiting: Waiting[] = [];
    for (const { position, content } of contents) {
      if (content.status === 'waiting') {
        const { device, distributionId } = content;
        waiting.push({ position, device, distributionId });
      }
      if (content.status !== 'open') continue;
      const account = this.#author(content)?.account ?? (content.own ? this.#self.account : undefined);
      const { device, generation, seq, epoch } = content;
      if (!account) {
        const conversation = parseLogName(this.log).log.owner as ConversationId;
        const name = { conversation, epoch, device, generation };
        this.#orphans.add(keyOf(position));
        waiting.push({ position, device, distributionId: distributionId(name) });
        continue;
      }
      this.#orphans.delete(keyOf(position));
      const { event: bytes } = content;
      const event = decodeEvent(bytes);
      entries.push({ account, device, generation, seq, epoch, hash: eventHash(bytes), event, position });
    }
    return { entries, waiting };
  }
}

/** An envelope must follow the one before it in its author's feed, where that one is known. */
function follow(content: OpenContent, chain: ReceivedChain, latest: Map<string, FeedStep>): void {
  const key = `${chain.device}.${chain.generation}`;
  const before = latest.get(key);
  // Reading backwards: what came before is read later, and checked against nothing.
  if (before && before.seq > content.seq) return;
  if (before) checkSuccession(before, content);
  latest.set(key, content);
}

/** Whether its author has said something else in the same place of the feed. */
function isSecondAt(content: OpenContent, chain: ReceivedChain, latest: Map<string, FeedStep>): boolean {
  const before = latest.get(`${chain.device}.${chain.generation}`);
  return before?.seq === content.seq && !equalBytes(before.event, content.event);
}

function keyOf({ document, client, clock }: Position): string {
  return `${document}/${client}/${clock}`;
}

function toStored({ position, content }: Content): StoredEnvelope {
  const { document, client, clock } = position;
  return { document, client, clock, content: encodeStoredContent(content) };
}

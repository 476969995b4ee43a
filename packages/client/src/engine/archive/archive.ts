import type { AccountId, ConversationId, DeviceId, DocumentName, LogName, Position } from '@sotto/protocol';
import { documentName, fromBase64url, logName, toBase64url } from '@sotto/protocol';
import {
  type ArchiveRecord,
  type Archiver,
  openArchiveRecord,
  sealArchiveRecord,
} from '../../conversation/archive-record.js';
import { distributionId, type ReceivedChain } from '../../conversation/chain.js';
import { isConversationError } from '../../conversation/errors.js';
import type { DistributionId } from '../../conversation/fields.js';
import { stateKeyId } from '../../conversation/state-envelope.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { MessageStore, StoredEnvelope } from '../../store/message-store.js';
import type { Fresh } from '../../sync/incoming.js';
import type { PlacedPost, Post, Posts } from '../../sync/posts.js';
import {
  type ArchiveEntry,
  type ChainEntry,
  decodeArchiveEntry,
  encodeArchiveEntry,
  entryOf,
  type StateEntry,
} from './archive-entry.js';
import { ArchiveIndex } from './archive-index.js';

/** What the archive works with. */
export interface ArchiveRoute {
  readonly self: Archiver;
  /** The account's keys as they are now, newest first: the newest seals, every one opens. */
  readonly accountKeys: { readonly current: { readonly archiveKeys: readonly Uint8Array[] } };
  readonly messages: MessageStore;
  readonly posts: Posts;
  /** The identity keys of the account's listed devices. @param ask whether the server is asked for a newer list */
  ownDevices(ask: boolean): Promise<ReadonlyMap<DeviceId, Uint8Array>>;
  /** Something waits to go into the archive. @param soon other devices are not about to archive the same */
  queued(soon: boolean): void;
}

/** Changes for one write of the key store, and what to do once they are durable. */
export interface Archiving {
  readonly writes: readonly KeyWrite[];
  done(): void;
}

/** Proof of whose a chain is: the identity key of its author's device, and that device's signature (SPEC X15). */
export interface Authorship {
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

type Element = Position & { readonly bytes: Uint8Array };

/** What became of an element. */
interface Opened {
  readonly entry: ArchiveEntry;
  readonly record?: ArchiveRecord;
  /** Who archived it is on no list that this device has. */
  readonly isUnlisted?: boolean;
}

const NOTHING: Archiving = { writes: [], done: () => {} };
const TAG = 'archive';

/** The account's key archive: what it holds, what this device puts there, and what comes from other devices. */
export class Archive {
  readonly log: LogName;
  readonly #route: ArchiveRoute;
  readonly #index = new ArchiveIndex();
  #devices: ReadonlyMap<DeviceId, Uint8Array> = new Map();

  private constructor(route: ArchiveRoute) {
    this.log = logName('k', route.self.account);
    this.#route = route;
  }

  static async open(route: ArchiveRoute): Promise<Archive> {
    const archive = new Archive(route);
    await archive.#learnDevices(false);
    for (const { content } of await archive.#stored()) archive.#remember(decodeArchiveEntry(content));
    return archive;
  }

  /** What to write beside a chain that is made or accepted; nothing where the archive has it or is about to. */
  async chain(chain: ReceivedChain, authorship: Authorship): Promise<Archiving> {
    await this.#learnDevices(false);
    const id = distributionId(chain);
    const { iteration } = chain.distribution;
    if (this.#index.hasChain(id, iteration)) return NOTHING;
    const tag = `${TAG}/chain/${id}/${iteration}`;
    return this.#post({ type: 'chain', chain, ...authorship }, tag, chain.device === this.#route.self.device);
  }

  /** The signature of a chain by its author, where the archive has the chain. */
  proofOf(id: DistributionId): Uint8Array | undefined {
    return this.#index.proofOf(id);
  }

  /** What to write beside state keys that a conversation's facts did not have before. */
  async conversation(
    conversation: ConversationId,
    peer: AccountId | null,
    stateKeys: readonly Uint8Array[],
    state: readonly Uint8Array[],
  ): Promise<Archiving> {
    await this.#learnDevices(false);
    const posted: Archiving[] = [];
    for (const stateKey of stateKeys) {
      const keyId = stateKeyId(stateKey);
      if (this.#index.hasState(keyId)) continue;
      const record = { type: 'conversation', conversation, peer, stateKey, state } as const;
      posted.push(await this.#post(record, `${TAG}/state/${toBase64url(keyId)}`, false));
    }
    return {
      writes: posted.flatMap(({ writes }) => writes),
      done: () => {
        for (const { done } of posted) done();
      },
    };
  }

  /**
   * Takes in what the log brought.
   * @param install keeps records that are new here, durably; they count as read only afterwards
   */
  async take(
    document: DocumentName,
    fresh: Fresh,
    install: (records: readonly ArchiveRecord[]) => Promise<void>,
  ): Promise<Position[]> {
    const elements = fresh.runs.flatMap(({ client, clock, envelopes }) =>
      envelopes.map((bytes, index) => ({ document, client, clock: clock + index, bytes })),
    );
    return this.#take(elements, install, !fresh.again);
  }

  /** Tries again what could not be opened: an element may be here before its key, or the list that names who archived it. */
  async tryWaiting(install: (records: readonly ArchiveRecord[]) => Promise<void>): Promise<void> {
    const sealed = (await this.#stored()).flatMap(({ document, client, clock, content }) => {
      const entry = decodeArchiveEntry(content);
      return entry.status === 'sealed' ? [{ document, client, clock, bytes: entry.bytes }] : [];
    });
    await this.#take(sealed, install, false);
  }

  /** Keeps what this device archived once the log has taken it: the server does not send it back. */
  async keepOwn({ placed, envelope }: PlacedPost): Promise<void> {
    const { entry } = await this.#open(envelope);
    await this.#route.messages.put([{ ...placed, content: encodeArchiveEntry(entry) }]);
    this.#remember(entry);
  }

  /** Seals what waits to go out by the newest key: who was removed since must not read it. */
  async resealQueued(): Promise<void> {
    const { posts, self, accountKeys } = this.#route;
    const [newest, ...older] = accountKeys.current.archiveKeys;
    if (older.length === 0) return;
    await posts.reseal(this.log, async (bytes) => {
      const { record } = await this.#openBy(bytes, older);
      return record ? sealArchiveRecord(record, self, newest!) : bytes;
    });
  }

  /** Posts that say what the archive holds by now: they need not go out. */
  async superfluous(posts: readonly Post[]): Promise<Post[]> {
    await this.#learnDevices(false);
    return posts.filter(({ tag, placed }) => {
      const [kind, type, id, iteration] = tag.split('/');
      if (kind !== TAG || placed) return false;
      return type === 'chain'
        ? this.#index.hasChain(id as ChainEntry['id'], Number(iteration))
        : this.#index.hasState(fromBase64url(id!));
    });
  }

  /** What only devices put there that are no longer the account's: whoever has it archives it again. */
  async orphans(): Promise<(ChainEntry | StateEntry)[]> {
    await this.#learnDevices(false);
    return this.#index.orphans();
  }

  async #post(record: ArchiveRecord, tag: string, soon: boolean): Promise<Archiving> {
    const { posts, self, accountKeys, queued } = this.#route;
    if (posts.of(this.log).some((post) => post.tag === tag)) return NOTHING;
    const sealed = await sealArchiveRecord(record, self, accountKeys.current.archiveKeys[0]!);
    const { write, done } = posts.prepare(this.log, tag, sealed);
    return {
      writes: [write],
      done: () => {
        done();
        queued(soon || this.#devices.size <= 1);
      },
    };
  }

  async #take(
    elements: readonly Element[],
    install: (records: readonly ArchiveRecord[]) => Promise<void>,
    isFresh: boolean,
  ): Promise<Position[]> {
    if (elements.length === 0) return [];
    await this.#learnDevices(false);
    let opened = await this.#openAll(elements);
    if (opened.some(({ isUnlisted }) => isUnlisted)) {
      // Linked while this device was away.
      await this.#learnDevices(true);
      opened = await this.#openAll(elements);
    }
    const records = opened.flatMap(({ record }) => (record ? [record] : []));
    if (records.length > 0) await install(records);
    const kept = opened.map(
      ({ position, entry }): StoredEnvelope => ({ ...position, content: encodeArchiveEntry(entry) }),
    );
    await (isFresh ? this.#route.messages.putFresh(kept) : this.#route.messages.put(kept));
    for (const { entry } of opened) this.#remember(entry);
    return opened
      .filter(({ record }) => !record)
      .map(({ position: { document, client, clock } }) => ({ document, client, clock }));
  }

  #openAll(elements: readonly Element[]): Promise<(Opened & { position: Position })[]> {
    return Promise.all(
      elements.map(async ({ bytes, ...position }) => ({ position, ...(await this.#open(bytes)) })),
    );
  }

  #open(bytes: Uint8Array): Promise<Opened> {
    return this.#openBy(bytes, this.#route.accountKeys.current.archiveKeys);
  }

  async #openBy(bytes: Uint8Array, keys: readonly Uint8Array[]): Promise<Opened> {
    const { self } = this.#route;
    try {
      const opened = await openArchiveRecord({
        bytes,
        account: self.account,
        keys,
        devices: (device) => this.#devices.get(device),
      });
      if (opened.status === 'no-key') return { entry: { status: 'sealed', bytes } };
      const { record, archiver } = opened;
      return { entry: entryOf(record, archiver, stateKeyId), record };
    } catch (error) {
      if (!isConversationError(error)) throw error;
      const isUnlisted = error.code === 'conversation/unknown-device';
      return { entry: error.refused ? { status: 'refused' } : { status: 'sealed', bytes }, isUnlisted };
    }
  }

  #remember(entry: ArchiveEntry): void {
    if (entry.status === 'chain' || entry.status === 'state') this.#index.add(entry);
  }

  async #learnDevices(ask: boolean): Promise<void> {
    this.#devices = await this.#route.ownDevices(ask);
    this.#index.setListed(new Set(this.#devices.keys()));
  }

  async #stored(): Promise<StoredEnvelope[]> {
    const { messages } = this.#route;
    const segments = await messages.segments(this.log);
    const stored = await Promise.all(
      segments.map((segment) => messages.segment(documentName(this.log, segment))),
    );
    return stored.flat();
  }
}

import type { AccountId, ConversationId, DocumentName, LogName, Position } from '@sotto/protocol';
import { documentName, logName } from '@sotto/protocol';
import { aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../../crypto/aes-gcm.js';
import type { MessageStore, StoredEnvelope } from '../../store/message-store.js';
import type { Fresh } from '../../sync/incoming.js';
import type { PlacedPost, Posts } from '../../sync/posts.js';
import type { AccountKeys } from './account-keys.js';
import { AccountState, type ReadUpTo, type Standing, type TrustedKey } from './account-state.js';

export const ACCOUNT_POST = 'account';
const label = new TextEncoder().encode('Sotto account log v1');
/** First byte of what is stored of an element: an update of the settings, or sealed under a key that is not here yet. */
const OPENED = 1;
const SEALED = 0;

/** The sealed account log: its settings on every device of the account, changes of this one on their way out. */
export class AccountLog {
  readonly log: LogName;
  readonly #keys: AccountKeys;
  /** Imported, by the secret that each is of. */
  readonly #imported = new Map<Uint8Array, Promise<CryptoKey>>();
  readonly #messages: MessageStore;
  readonly #posts: Posts;
  readonly #state = new AccountState();

  private constructor(log: LogName, keys: AccountKeys, messages: MessageStore, posts: Posts) {
    this.log = log;
    this.#keys = keys;
    this.#messages = messages;
    this.#posts = posts;
  }

  static async open(
    account: AccountId,
    keys: AccountKeys,
    messages: MessageStore,
    posts: Posts,
  ): Promise<AccountLog> {
    const log = logName('a', account);
    const opened = new AccountLog(log, keys, messages, posts);
    for (const { content } of await opened.#stored())
      if (content[0] === OPENED) opened.#state.apply(content.subarray(1));
    for (const post of posts.of(log)) opened.#state.apply(await opened.#open(post.envelope));
    await opened.tryWaiting();
    return opened;
  }

  standing(whom: AccountId | ConversationId): Standing | undefined {
    return this.#state.standing(whom);
  }

  /** Durable on this device when it resolves; on the others when they hear of it. */
  async setStanding(whom: AccountId | ConversationId, standing: Standing): Promise<void> {
    await this.#post(this.#state.setStanding(whom, standing));
  }

  trusted(account: AccountId): TrustedKey | undefined {
    return this.#state.trusted(account);
  }

  /** Everybody for whom this account decided on a key. */
  allTrusted(): (TrustedKey & { readonly account: AccountId })[] {
    return this.#state.allTrusted().flatMap((account) => {
      const key = this.#state.trusted(account);
      return key ? [{ account, ...key }] : [];
    });
  }

  async setTrusted(account: AccountId, key: TrustedKey): Promise<void> {
    await this.#post(this.#state.setTrusted(account, key));
  }

  /** How far this account has read where no receipt says so, of every conversation with such a mark. */
  readMarks(): Map<ConversationId, ReadUpTo[]> {
    return this.#state.readMarks();
  }

  async setRead(id: ConversationId, marks: readonly ReadUpTo[]): Promise<void> {
    await this.#post(this.#state.setRead(id, marks));
  }

  /** When something was said in a conversation last, roughly: milliseconds since 1970. */
  activity(id: ConversationId): number | undefined {
    return this.#state.activity(id);
  }

  newestActivity(): number {
    return this.#state.newestActivity();
  }

  async setActivity(id: ConversationId, at: number): Promise<void> {
    await this.#post(this.#state.setActivity(id, at));
  }

  /** The account key that was compared with somebody, if one was. */
  verified(account: AccountId): Uint8Array | undefined {
    return this.#state.verified(account);
  }

  async setVerified(account: AccountId, identity: Uint8Array | undefined): Promise<void> {
    await this.#post(this.#state.setVerified(account, identity));
  }

  /** Seals what waits to go out by the newest key: who was removed since must not read it. */
  async resealQueued(): Promise<void> {
    const [newest, ...older] = this.#keys.current.accountLogKeys;
    if (older.length === 0) return;
    const key = await this.#import(newest!);
    await this.#posts.reseal(this.log, async (envelope) => {
      const isNewest = await aesGcmOpen(key, envelope, label).then(
        () => true,
        () => false,
      );
      return isNewest ? envelope : this.#seal(await this.#open(envelope));
    });
  }

  /**
   * Takes in what the log brought, from other devices and back from this one.
   * @returns what did not open, or made no sense
   */
  async take(document: DocumentName, fresh: Fresh): Promise<Position[]> {
    const sealed: Position[] = [];
    for (const run of fresh.runs) {
      const contents = await Promise.all(run.envelopes.map((envelope) => this.#contentOf(envelope)));
      const { client } = run;
      const kept = contents.map((content, index) => ({
        document,
        client,
        clock: run.clock + index,
        content,
      }));
      await (fresh.again ? this.#messages.put(kept) : this.#messages.putFresh(kept));
      for (const [index, content] of contents.entries())
        if (content[0] !== OPENED) sealed.push({ document, client, clock: run.clock + index });
    }
    return sealed;
  }

  /**
   * Tries again what no key opened when it came: an element may be here before the key it is sealed by.
   * @returns whether something opened
   */
  async tryWaiting(): Promise<boolean> {
    const waiting = (await this.#stored()).filter(({ content }) => content[0] === SEALED);
    const tried = await Promise.all(
      waiting.map(async (stored) => ({
        ...stored,
        content: await this.#contentOf(stored.content.subarray(1)),
      })),
    );
    const opened = tried.filter(({ content }) => content[0] === OPENED);
    if (opened.length > 0) await this.#messages.put(opened);
    return opened.length > 0;
  }

  /** Keeps a change of this device that the log has taken: the server does not send it back. */
  async keepOwn({ placed, envelope }: PlacedPost): Promise<void> {
    await this.#messages.put([{ ...placed, content: marked(OPENED, await this.#open(envelope)) }]);
  }

  async #post(update: Uint8Array | undefined): Promise<void> {
    if (update) await this.#posts.add(this.log, ACCOUNT_POST, await this.#seal(update));
  }

  async #stored(): Promise<StoredEnvelope[]> {
    const segments = await this.#messages.segments(this.log);
    const stored = await Promise.all(
      segments.map((segment) => this.#messages.segment(documentName(this.log, segment))),
    );
    return stored.flat();
  }

  /** What is kept of an element, once its update, if there is one in it, has been applied. */
  async #contentOf(envelope: Uint8Array): Promise<Uint8Array> {
    let update: Uint8Array;
    try {
      update = await this.#open(envelope);
    } catch {
      // Under a key that comes later, or nothing that a device of ours wrote.
      return marked(SEALED, envelope);
    }
    return this.#state.apply(update) ? marked(OPENED, update) : new Uint8Array();
  }

  async #seal(update: Uint8Array): Promise<Uint8Array> {
    return sealAccountUpdate(await this.#import(this.#keys.current.accountLogKeys[0]!), update);
  }

  /** By whichever of the account's keys opens it. */
  async #open(envelope: Uint8Array): Promise<Uint8Array> {
    let failure: unknown;
    for (const secret of this.#keys.current.accountLogKeys) {
      try {
        return await aesGcmOpen(await this.#import(secret), envelope, label);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #import(secret: Uint8Array): Promise<CryptoKey> {
    const imported = this.#imported.get(secret) ?? importAesGcmKey(secret);
    this.#imported.set(secret, imported);
    return imported;
  }
}

/** An update of the account's settings as it stands in the account log. */
export function sealAccountUpdate(key: CryptoKey, update: Uint8Array): Promise<Uint8Array> {
  return aesGcmSeal(key, update, label);
}

function marked(mark: number, bytes: Uint8Array): Uint8Array {
  const content = new Uint8Array(1 + bytes.length);
  content[0] = mark;
  content.set(bytes, 1);
  return content;
}

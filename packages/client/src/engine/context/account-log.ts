import type { AccountId, ConversationId, DocumentName, LogName, Position } from '@sotto/protocol';
import { documentName, logName } from '@sotto/protocol';
import { equalBytes, sha256 } from '../../conversation/hash.js';
import { aesGcmOpen, aesGcmSeal, importAesGcmKey } from '../../crypto/aes-gcm.js';
import { InvalidMessageError } from '../../crypto/index.js';
import type { MessageStore, StoredEnvelope } from '../../store/message-store.js';
import type { Fresh } from '../../sync/incoming.js';
import type { PlacedPost, Posts } from '../../sync/posts.js';
import type { AccountKeys } from './account-keys.js';
import { AccountState, type ReadUpTo, type Standing, type TrustedKey } from './account-state.js';

export const ACCOUNT_POST = 'account';
const label = new TextEncoder().encode('Sotto account log v1');
/**
 * First byte of what is stored of an element: an update of the settings, after the id of the key that opened it; sealed under a key that is
 * not here yet; or under one that was the newest before, which is all that is kept of it.
 */
const OPENED = 1;
const SEALED = 0;
const PAST = 2;
const KEY_ID_BYTES = 8;

/** The sealed account log: its settings on every device of the account, changes of this one on their way out. */
export class AccountLog {
  readonly log: LogName;
  readonly #keys: AccountKeys;
  /** Imported, by the secret that each is of. */
  readonly #imported = new Map<Uint8Array, Promise<CryptoKey>>();
  readonly #messages: MessageStore;
  readonly #posts: Posts;
  readonly #state = new AccountState();
  /** As much of it as elements under the newest key say. */
  #renewed: { readonly by: Uint8Array | undefined; readonly state: AccountState } = {
    by: undefined,
    state: new AccountState(),
  };

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
      if (content[0] === OPENED) opened.#applyStored(content.subarray(1));
    for (const post of posts.of(log)) opened.#state.apply((await opened.#open(post.envelope)).update);
    await opened.tryWaiting();
    await opened.sayAgain();
    return opened;
  }

  standing(whom: AccountId | ConversationId): Standing | undefined {
    return this.#state.standing(whom);
  }

  /** Durable on this device when it resolves; on the others when they hear of it. */
  async setStanding(whom: AccountId | ConversationId, standing: Standing | undefined): Promise<void> {
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
      return isNewest ? envelope : this.#seal((await this.#open(envelope)).update);
    });
  }

  /**
   * Says again under the newest key what was only said under older ones: whoever reads from now on goes by the newest, since a
   * device that was removed has the others.
   */
  async sayAgain(): Promise<void> {
    if (this.#keys.current.accountLogKeys.length === 1) return;
    // What waits to go out is sealed by the newest when it does.
    for (const { placed, envelope } of this.#posts.of(this.log))
      if (!placed) this.#newest().apply((await this.#open(envelope)).update);
    for (const update of this.#state.missingIn(this.#newest())) await this.#post(update);
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
        if (content[0] !== OPENED && content[0] !== PAST)
          sealed.push({ document, client, clock: run.clock + index });
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
    const told = tried.filter(({ content }) => content[0] !== SEALED);
    if (told.length > 0) await this.#messages.put(told);
    return told.some(({ content }) => content[0] === OPENED);
  }

  /** Keeps a change of this device that the log has taken: the server does not send it back. */
  async keepOwn({ placed, envelope }: PlacedPost): Promise<void> {
    const { update, secret } = await this.#open(envelope);
    await this.#messages.put([{ ...placed, content: marked(OPENED, keyId(secret), update) }]);
  }

  async #post(update: Uint8Array | undefined): Promise<void> {
    if (!update) return;
    await this.#posts.add(this.log, ACCOUNT_POST, await this.#seal(update));
    this.#newest().apply(update);
  }

  /** What elements under the newest key say. */
  #newest(): AccountState {
    const [by] = this.#keys.current.accountLogKeys;
    if (!this.#renewed.by || !equalBytes(by!, this.#renewed.by))
      this.#renewed = { by, state: new AccountState() };
    return this.#renewed.state;
  }

  #applyStored(content: Uint8Array): void {
    const update = content.subarray(KEY_ID_BYTES);
    this.#state.apply(update);
    if (equalBytes(content.subarray(0, KEY_ID_BYTES), keyId(this.#keys.current.accountLogKeys[0]!)))
      this.#newest().apply(update);
  }

  async #stored(): Promise<StoredEnvelope[]> {
    const segments = await this.#messages.segments(this.log);
    const stored = await Promise.all(
      segments.map((segment) => this.#messages.segment(documentName(this.log, segment))),
    );
    return stored.flat();
  }

  /**
   * What is kept of an element, once its update, if there is one in it, has been applied. What only an older key opens may be by a device that
   * was removed since: those who stay say again what they know.
   */
  async #contentOf(envelope: Uint8Array): Promise<Uint8Array> {
    const [secret] = this.#keys.current.accountLogKeys;
    const update = await this.#openBy(secret!, envelope);
    if (!update) return (await this.#isPast(envelope)) ? Uint8Array.of(PAST) : marked(SEALED, envelope);
    if (!this.#state.apply(update)) return new Uint8Array();
    this.#newest().apply(update);
    return marked(OPENED, keyId(secret!), update);
  }

  async #isPast(envelope: Uint8Array): Promise<boolean> {
    for (const secret of this.#keys.current.accountLogKeys)
      if (await this.#openBy(secret, envelope)) return true;
    return false;
  }

  async #seal(update: Uint8Array): Promise<Uint8Array> {
    return sealAccountUpdate(await this.#import(this.#keys.current.accountLogKeys[0]!), update);
  }

  /** What this device sealed, by whichever of the account's keys. */
  async #open(envelope: Uint8Array): Promise<{ update: Uint8Array; secret: Uint8Array }> {
    for (const secret of this.#keys.current.accountLogKeys) {
      const update = await this.#openBy(secret, envelope);
      if (update) return { update, secret };
    }
    throw new InvalidMessageError('No key of the account opens it.');
  }

  /** @returns undefined where it was sealed by another key, or by nobody of ours */
  async #openBy(secret: Uint8Array, envelope: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await aesGcmOpen(await this.#import(secret), envelope, label);
    } catch {
      return undefined;
    }
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

function keyId(secret: Uint8Array): Uint8Array {
  return sha256('Sotto account log key v1', secret).slice(0, KEY_ID_BYTES);
}

function marked(mark: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array([mark, ...parts.flatMap((part) => [...part])]);
}

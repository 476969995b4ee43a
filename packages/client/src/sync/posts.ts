import type { DeviceId, DocumentName, LogName } from '@sotto/protocol';
import {
  decodeCbor,
  encodeCbor,
  ProtocolError,
  parseDocumentName,
  parseLogName,
  schemas,
} from '@sotto/protocol';
import * as v from 'valibot';
import type { KeyStore, KeyWrite } from '../store/key-store.js';
import { appendRun, nextRun } from './append-run.js';
import type { ClientIds } from './client-ids.js';
import type { Connection } from './connection.js';
import type { Heads } from './heads.js';
import { documentAt, following, NO_EVENT, type OwnFeeds } from './own-feeds.js';

/**
 * Sealed bytes for a log that no conversation's counter guards: an inbox, the account log or the key archive. They are sealed once,
 * whatever position they get.
 */
export interface Post {
  readonly order: number;
  readonly log: LogName;
  /** Whose business it is when it has arrived. */
  readonly tag: string;
  readonly envelope: Uint8Array;
  readonly placed: {
    readonly document: DocumentName;
    readonly client: number;
    readonly clock: number;
  } | null;
}

/** A post with its final place. */
export type PlacedPost = Post & { readonly placed: NonNullable<Post['placed']> };

const postSchema = v.strictObject({
  order: schemas.count,
  log: v.pipe(
    v.string(),
    v.transform((text) => parseLogName(text).name),
  ),
  tag: v.string(),
  envelope: v.instance(Uint8Array),
  placed: v.nullable(
    v.strictObject({
      document: v.pipe(
        v.string(),
        v.transform((text) => parseDocumentName(text).name),
      ),
      client: schemas.count,
      clock: schemas.count,
    }),
  ),
});

const PREFIX = 'post/';
const key = (order: number): string => `${PREFIX}${String(order).padStart(14, '0')}`;

/** The changes that take every post's place back, for another writer session to send. */
export async function unplacedPosts(keys: KeyStore): Promise<KeyWrite[]> {
  const posts = (await keys.list(PREFIX)).map(([, value]) => decodeCbor(postSchema, value));
  return posts
    .filter(({ placed }) => placed)
    .map((post) => ({ key: key(post.order), value: encodeCbor({ ...post, placed: null }) }));
}

/** The changes that forget posts for inboxes: what they were sealed with belongs to a device that writes no more. */
export async function withoutInboxPosts(keys: KeyStore): Promise<KeyWrite[]> {
  const posts = (await keys.list(PREFIX)).map(([, value]) => decodeCbor(postSchema, value));
  return posts
    .filter(({ log }) => parseLogName(log).log.kind === 'i')
    .map(({ order }) => ({ key: key(order), value: undefined }));
}

/** What a queue of posts works with. */
export interface PostRoute {
  readonly device: DeviceId;
  readonly keys: KeyStore;
  readonly connection: Connection;
  readonly feeds: OwnFeeds;
  readonly heads: Heads;
  readonly clientIds: ClientIds;
  /** A client id nothing was written under, remembered already. */
  freshClientId(): Promise<void>;
  /** Somebody else wrote under this device's name: its writer session is over. */
  copied(): void;
}

/** Posts on their way: durable before the first byte leaves, resent as they are, in order within a log. */
export class Posts {
  readonly #route: PostRoute;
  readonly #posts = new Map<number, Post>();
  #next = 0;

  private constructor(route: PostRoute) {
    this.#route = route;
  }

  static async open(route: PostRoute): Promise<Posts> {
    const posts = new Posts(route);
    for (const [, value] of await route.keys.list(PREFIX)) {
      const post = decodeCbor(postSchema, value);
      posts.#posts.set(post.order, post);
      posts.#next = post.order + 1;
    }
    return posts;
  }

  /** Logs with something to send. */
  logs(): LogName[] {
    return [...new Set([...this.#posts.values()].map((post) => post.log))];
  }

  of(log: LogName): Post[] {
    return [...this.#posts.values()].filter((post) => post.log === log).sort((a, b) => a.order - b.order);
  }

  /** Queues bytes; durable when this resolves. */
  async add(log: LogName, tag: string, envelope: Uint8Array): Promise<void> {
    const { write, done } = this.prepare(log, tag, envelope);
    await this.#route.keys.write([write]);
    done();
  }

  /**
   * Queues bytes as part of a larger write, so that a ratchet's step and its message are kept together.
   * @returns the write to include, and what to call once it is durable
   */
  prepare(log: LogName, tag: string, envelope: Uint8Array): { write: KeyWrite; done(): void } {
    const post: Post = { order: this.#next, log, tag, envelope, placed: null };
    this.#next += 1;
    return {
      write: { key: key(post.order), value: encodeCbor(post) },
      done: () => this.#posts.set(post.order, post),
    };
  }

  /** Takes back posts that need not go out; one that has its place stays. */
  async withdraw(posts: readonly Post[]): Promise<void> {
    const leaving = posts.filter(({ order }) => this.#posts.get(order)?.placed === null);
    if (leaving.length === 0) return;
    for (const { order } of leaving) this.#posts.delete(order);
    await this.#route.keys.write(leaving.map(({ order }) => ({ key: key(order), value: undefined })));
  }

  /** Forgets everything for a log that is no more. */
  async drop(log: LogName): Promise<void> {
    const posts = this.of(log);
    for (const { order } of posts) this.#posts.delete(order);
    await this.#route.keys.write(posts.map(({ order }) => ({ key: key(order), value: undefined })));
  }

  /**
   * Seals again what has no place yet.
   * @param again what is to go out in place of an envelope; the same bytes where nothing changes
   */
  async reseal(log: LogName, again: (envelope: Uint8Array) => Promise<Uint8Array>): Promise<void> {
    const changed: Post[] = [];
    for (const post of this.of(log)) {
      const envelope = post.placed ? post.envelope : await again(post.envelope);
      if (envelope !== post.envelope) changed.push({ ...post, envelope });
    }
    if (changed.length > 0) await this.#write(changed, []);
  }

  /**
   * Sends everything queued for a log. Not to be called for one log twice at once.
   * @param arrived keeps what has to be kept of a post, and gives the changes that remember it as arrived; those are
   * written with its removal. After a crash it may be asked again.
   * @throws ProtocolError when it stopped before the end
   */
  async send(log: LogName, arrived: (post: PlacedPost) => Promise<readonly KeyWrite[]>): Promise<void> {
    for (let refused = 0; ; ) {
      const waiting = this.of(log);
      if (waiting.length === 0) return;
      try {
        await this.#sendSome(log, waiting, arrived);
      } catch (error) {
        if (error instanceof ProtocolError && error.code === 'sync/fork') this.#route.copied();
        if (!(error instanceof ProtocolError) || error.retry !== 'anew' || refused >= 3) throw error;
        refused += 1;
        await this.#unplace(waiting);
      }
    }
  }

  async #sendSome(
    log: LogName,
    waiting: readonly Post[],
    arrived: (post: PlacedPost) => Promise<readonly KeyWrite[]>,
  ): Promise<void> {
    const { connection, device, heads } = this.#route;
    const placed = waiting.some((post) => post.placed) ? waiting : await this.#place(log, waiting);
    const sent = nextRun(placed.filter(isPlaced).map((post) => ({ ...post, ...post.placed })));
    const run = sent.slice(0, await appendRun(connection, device, 0, sent));
    heads.grew(log, parseDocumentName(sent[0]!.document).document.segment, run.length);
    const writes: KeyWrite[] = [];
    for (const post of run) writes.push({ key: key(post.order), value: undefined }, ...(await arrived(post)));
    await this.#route.keys.write(writes);
    for (const post of run) this.#posts.delete(post.order);
  }

  /** Gives positions to the posts, durably. */
  async #place(log: LogName, waiting: readonly Post[]): Promise<Post[]> {
    const { feeds, heads, clientIds } = this.#route;
    let grant = clientIds.current;
    if (!grant) {
      await this.#route.freshClientId();
      grant = clientIds.current!;
    }
    let at = await feeds.next(log, heads.of(log), grant);
    const placed = waiting.map((post): Post => {
      const here = { document: documentAt(log, at), client: at.client, clock: at.clock };
      at = following(at, NO_EVENT);
      return { ...post, placed: here };
    });
    await this.#write(placed, [feeds.moveTo(log, at)], log);
    return placed;
  }

  /** Refused as they stand: they get new positions under a fresh client id. */
  async #unplace(waiting: readonly Post[]): Promise<void> {
    await this.#route.freshClientId();
    await this.#write(
      waiting.map((post) => ({ ...post, placed: null })),
      [],
    );
  }

  async #write(posts: readonly Post[], others: readonly KeyWrite[], log?: LogName): Promise<void> {
    try {
      await this.#route.keys.write([
        ...posts.map((post) => ({ key: key(post.order), value: encodeCbor(post) })),
        ...others,
      ]);
    } catch (error) {
      if (log) this.#route.feeds.forget(log);
      throw error;
    }
    for (const post of posts) this.#posts.set(post.order, post);
  }
}

function isPlaced(post: Post): post is PlacedPost {
  return post.placed !== null;
}

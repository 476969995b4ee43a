import type { DocumentName } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

const cursorSchema = v.strictObject({ device: schemas.deviceId, next: schemas.count });

/** Whose feed it is and how far it was read. */
export type FeedCursor = v.InferOutput<typeof cursorSchema>;

const prefix = (document: DocumentName): string => `inbox/${document}/`;

/**
 * How far this device's inbox was read, feed by feed. Kept in the key store, so that remembering a record and what came
 * of it is one write: an inbox record is worked on exactly once.
 */
export class InboxCursor {
  readonly #keys: KeyStore;
  readonly #documents = new Map<DocumentName, Map<number, FeedCursor>>();

  constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  async vector(document: DocumentName): Promise<Map<number, number>> {
    const feeds = await this.#feeds(document);
    return new Map([...feeds].map(([client, { next }]) => [client, next]));
  }

  async at(document: DocumentName, client: number): Promise<FeedCursor | undefined> {
    return (await this.#feeds(document)).get(client);
  }

  /** The change that remembers everything below `next` as done; call {@link moved} once it is written. */
  move(document: DocumentName, client: number, cursor: FeedCursor): KeyWrite {
    return { key: `${prefix(document)}${client}`, value: encodeCbor(cursor) };
  }

  async moved(document: DocumentName, client: number, cursor: FeedCursor): Promise<void> {
    (await this.#feeds(document)).set(client, cursor);
  }

  async #feeds(document: DocumentName): Promise<Map<number, FeedCursor>> {
    const known = this.#documents.get(document);
    if (known) return known;
    const entries = await this.#keys.list(prefix(document));
    const feeds = new Map(
      entries.map(([key, value]) => [
        Number(key.slice(prefix(document).length)),
        decodeCbor(cursorSchema, value),
      ]),
    );
    this.#documents.set(document, feeds);
    return feeds;
  }
}

import type { AttachmentId, ConversationId, EventId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, schemas } from '@sotto/protocol';
import * as v from 'valibot';
import type { AttachmentReference } from '../../conversation/attachment-reference.js';
import type { KeyStore, KeyWrite } from '../../store/key-store.js';

const stateField = v.picklist(['sealing', 'sealed', 'uploaded', 'dropped']);

const storedSchema = v.strictObject({
  conversation: schemas.conversationId,
  state: stateField,
  /** Chunks that there are, or will be. */
  count: schemas.count,
  /** SHA-256 of each; none while it is being sealed. */
  hashes: v.array(schemas.bytesOf(32)),
  reference: v.nullable(
    v.strictObject({
      id: v.custom<AttachmentId>((value) => typeof value === 'string'),
      key: v.string(),
      size: schemas.count,
      type: v.string(),
      name: v.string(),
    }),
  ),
  event: v.nullable(schemas.eventId),
});

/** A file that somebody attached on this device: sealed here, on its way to the server. */
export interface AttachedFile {
  /** Names it on this device. */
  readonly file: string;
  readonly conversation: ConversationId;
  readonly state: v.InferOutput<typeof stateField>;
  readonly count: number;
  readonly hashes: readonly Uint8Array[];
  /** What a message says of it; null while it is being sealed. */
  readonly reference: AttachmentReference | null;
  /** The message that speaks of it, once there is one. */
  readonly event: EventId | null;
}

const PREFIX = 'file/';

/** Where the sealed chunks of a file lie: beside its entry, so that nothing reads them that looks for entries. */
export function chunkKey(file: string, index: number): string {
  return `file-chunk/${file}/${index}`;
}

/** Attached files that are not wholly done with, in memory as they are in the key store. */
export class AttachedFiles {
  readonly #keys: KeyStore;
  readonly #files = new Map<string, AttachedFile>();

  private constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  static async open(keys: KeyStore): Promise<AttachedFiles> {
    const files = new AttachedFiles(keys);
    for (const [key, value] of await keys.list(PREFIX)) {
      const file = key.slice(PREFIX.length);
      const stored = decodeCbor(storedSchema, value);
      // What no message named is gone with the page that attached it.
      files.#files.set(file, { file, ...stored, ...(!stored.event && { state: 'dropped' }) });
    }
    return files;
  }

  all(): AttachedFile[] {
    return [...this.#files.values()];
  }

  get(file: string): AttachedFile | undefined {
    return this.#files.get(file);
  }

  /** Files that a message speaks of. */
  of(event: EventId): AttachedFile[] {
    return this.all().filter((one) => one.event === event);
  }

  /** Whether a message has to wait for a file of its own. */
  holds(event: EventId): boolean {
    return this.of(event).some(({ state }) => state !== 'uploaded');
  }

  /**
   * Changes files in one write, which `write` makes together with whatever belongs to it, and begins at once.
   * @param write the key store's own unless told; nothing is changed where it says `false`
   */
  async put(
    files: readonly AttachedFile[],
    write: (changes: readonly KeyWrite[]) => Promise<unknown> = (changes) => this.#keys.write(changes),
  ): Promise<void> {
    const changes = files.map(({ file, ...stored }) => ({ key: PREFIX + file, value: encodeCbor(stored) }));
    const before = files.map(({ file }) => [file, this.#files.get(file)] as const);
    const writing = write(changes);
    // In memory in the same moment as what belongs to it: nobody finds a message without its files.
    for (const one of files) this.#files.set(one.file, one);
    const undo = () => {
      for (const [file, was] of before)
        if (was) this.#files.set(file, was);
        else this.#files.delete(file);
    };
    try {
      if ((await writing) === false) undo();
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** Forgets a file, sealed chunks and all. */
  async forget({ file, count }: AttachedFile): Promise<void> {
    const chunks = Array.from({ length: count }, (_, index) => ({
      key: chunkKey(file, index),
      value: undefined,
    }));
    await this.#keys.write([...chunks, { key: PREFIX + file, value: undefined }]);
    this.#files.delete(file);
  }
}

import type { EventId } from '@sotto/protocol';
import type { KeyStore } from '../../store/key-store.js';
import type { AttachedFiles } from './attached-files.js';

/** The files that somebody attached here and that are on their way; what keeps them is loaded when there are any. */
export class Attached {
  readonly #keys: KeyStore;
  #loading: Promise<AttachedFiles> | undefined;
  /** Undefined as long as there were none. */
  files: AttachedFiles | undefined;

  private constructor(keys: KeyStore) {
    this.#keys = keys;
  }

  static async open(keys: KeyStore): Promise<Attached> {
    const attached = new Attached(keys);
    if ((await keys.list('file/')).length > 0) await attached.load();
    return attached;
  }

  /** Tried again when it failed: what is loaded late may be out of reach for a while. */
  load(): Promise<AttachedFiles> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** Whether a message has to wait for a file of its own. */
  holds(event: EventId): boolean {
    return this.files?.holds(event) ?? false;
  }

  async #load(): Promise<AttachedFiles> {
    const { AttachedFiles } = await import('./attached-files.js');
    this.files = await AttachedFiles.open(this.#keys);
    return this.files;
  }
}

import type { ConversationId, ErrorCode } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { AttachmentReference } from '../../conversation/attachment-reference.js';
import { sealedSize } from '../../conversation/attachment-size.js';
import type { AttachedFile, AttachedFiles } from '../context/attached-files.js';
import { chunkKey } from '../context/attached-files.js';
import type { DeviceContext } from '../context/device-context.js';
import { AttachmentApi, type Place } from './attachment-api.js';

/** Chunks on their way at once. */
const AT_ONCE = 2;
/** Times that an upload is begun anew which ended in between. */
const ROUNDS = 3;
/** Before another try, doubling; where the server named no time. Milliseconds. */
const RETRY_MS = 1_000;
const MOST_RETRY_MS = 60_000;

export interface UploadHandlers {
  /** Whether the server knows the conversation; its sender makes it first. */
  isThere(conversation: ConversationId): Promise<boolean>;
  /** A file is on the server: what waited for it may go. */
  arrived(file: AttachedFile): void;
  /** A file will not get there: its message fails. */
  failed(file: AttachedFile, code: ErrorCode): Promise<void>;
}

type Sealed = AttachedFile & { readonly reference: AttachmentReference };

/**
 * Brings sealed files to the server and sees to what becomes of them: uploaded before their message goes, confirmed once it is durable,
 * dropped if it is given up. Each step is durable before the next; whatever dies between, the next run finds where it was.
 */
export class Uploading {
  readonly #context: DeviceContext;
  readonly #files: AttachedFiles;
  readonly #handlers: UploadHandlers;
  readonly #ending = new AbortController();
  readonly #api: AttachmentApi;
  #running: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: DeviceContext, files: AttachedFiles, handlers: UploadHandlers) {
    this.#context = context;
    this.#files = files;
    this.#handlers = handlers;
    this.#api = new AttachmentApi(context.api, this.#ending.signal);
  }

  /** There may be something to do, or what it waited for may have come. */
  kick(): void {
    if (this.#ending.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // Asked for while it came to its end.
      if (this.#again) this.kick();
    });
  }

  /** Waits for the step under way; what is left goes on in the next process. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#ending.signal.aborted) {
      this.#again = false;
      for (const { file } of this.#files.all()) {
        const now = this.#files.get(file);
        if (now && !(await this.#advanceOrWait(now))) return;
      }
    }
  }

  /** @returns false when everything has to wait */
  async #advanceOrWait(file: AttachedFile): Promise<boolean> {
    if (this.#context.connection.state !== 'online' || this.#ending.signal.aborted) return false;
    try {
      await this.#advance(file);
      this.#failures = 0;
      return true;
    } catch (error) {
      if (this.#ending.signal.aborted) return false;
      const known = error instanceof ProtocolError;
      if (known && error.retry === 'never') {
        await this.#refused(file, error.code);
        return true;
      }
      this.#later(known ? error.retryAfterMs : undefined);
      // Only the device's own store is left; what is on it stays.
      if (!known) this.#context.guard(() => Promise.reject(error));
      return false;
    }
  }

  #later(retryAfterMs = Math.min(MOST_RETRY_MS, RETRY_MS * 2 ** this.#failures)): void {
    this.#failures += 1;
    this.#timer = setTimeout(() => this.kick(), retryAfterMs);
  }

  async #advance(file: AttachedFile): Promise<void> {
    if (file.state === 'dropped') {
      if (file.reference) await this.#api.drop(placeOf(file as Sealed));
      await this.#files.forget(file);
    } else if (!isSealed(file) || !file.event) return;
    else if (!this.#isQueued(file)) await this.#confirm(file);
    else if (file.state === 'sealed' && !this.#hasFailed(file)) {
      if (await this.#handlers.isThere(file.conversation)) await this.#upload(file);
    }
  }

  async #upload(file: Sealed): Promise<void> {
    await this.#send(file);
    if (!this.#isWanted(file)) return;
    const uploaded = { ...file, state: 'uploaded' } as const;
    await this.#files.put([uploaded]);
    this.#handlers.arrived(uploaded);
  }

  /** Its message is durable. */
  async #confirm(file: Sealed): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      try {
        await this.#api.confirm(placeOf(file));
        return await this.#files.forget(file);
      } catch (error) {
        if (!(error instanceof ProtocolError && isAgain(error))) throw error;
        // It ran out before this device came to say so.
        await this.#send(file);
      }
    }
    throw new ProtocolError('service/unavailable');
  }

  async #send(file: Sealed): Promise<void> {
    const place = placeOf(file);
    for (let round = 0; round < ROUNDS; round += 1) {
      const missing = [...(await this.#api.begin(place, sealedSize(file.reference.size), file.hashes))];
      try {
        const lane = async () => {
          for (let index = missing.shift(); index !== undefined; index = missing.shift()) {
            if (!this.#isWanted(file)) return;
            await this.#api.putChunk(place, index, await this.#chunk(file, index));
          }
        };
        return void (await all(Array.from({ length: AT_ONCE }, lane)));
      } catch (error) {
        if (!(error instanceof ProtocolError && isAgain(error))) throw error;
      }
    }
    throw new ProtocolError('service/unavailable');
  }

  /** Whether it was not given up meanwhile. */
  #isWanted({ file, state }: Sealed): boolean {
    return this.#files.get(file)?.state === state;
  }

  async #chunk({ file }: Sealed, index: number): Promise<Uint8Array> {
    const bytes = await this.#context.keys.get(chunkKey(file, index));
    if (!bytes) throw new ProtocolError('client/file-unreadable');
    return bytes;
  }

  /** Refused for good: a message that waits for it fails; of anything else there is nothing left to say. */
  async #refused(file: AttachedFile, code: ErrorCode): Promise<void> {
    if (file.state === 'sealed' && this.#isQueued(file)) await this.#handlers.failed(file, code);
    else await this.#files.forget(file);
  }

  #isQueued({ conversation, event }: AttachedFile): boolean {
    return this.#context.outbox.of(conversation).some((entry) => entry.event === event);
  }

  #hasFailed({ conversation, event }: AttachedFile): boolean {
    return this.#context.outbox.of(conversation).some((entry) => entry.event === event && entry.failed);
  }
}

function placeOf({ conversation, reference }: Sealed): Place {
  return { conversation, id: reference.id };
}

function isSealed(file: AttachedFile): file is Sealed {
  return file.reference !== null;
}

function isAgain({ code }: ProtocolError): boolean {
  return code === 'attachment/unknown' || code === 'attachment/incomplete';
}

/** Waits for all, then fails as the first that failed: nothing goes on behind. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

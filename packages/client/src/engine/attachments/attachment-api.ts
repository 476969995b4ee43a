import type { AttachmentId, ConversationId } from '@sotto/protocol';
import { attachmentResponse, attachmentUsageResponse, beginAttachmentResponse } from '@sotto/protocol';
import type { AccountApi } from '../../account/http-api.js';

const ALL = '/sync/attachments';
/** A slow line has so long for one chunk, milliseconds. */
const CHUNK_MS = 30_000;

/** An attachment in its conversation, as servers know it. */
export interface Place {
  readonly conversation: ConversationId;
  readonly id: AttachmentId;
}

const pathOf = ({ conversation, id }: Place) => `${ALL}/${conversation}/${id}`;

/** SPEC H23 to H28. Every call fails with ProtocolError. */
export class AttachmentApi {
  readonly #request: AccountApi['request'];
  readonly #signal: AbortSignal;

  /** @param signal ends what is under way */
  constructor({ request }: Pick<AccountApi, 'request'>, signal: AbortSignal) {
    this.#request = request;
    this.#signal = signal;
  }

  /** @returns numbers of the chunks that are missing */
  async begin(place: Place, size: number, chunks: readonly Uint8Array[]): Promise<readonly number[]> {
    const { missing } = await this.#request({
      ...{ method: 'PUT', path: pathOf(place), body: { size, chunks } },
      ...{ answer: beginAttachmentResponse, signal: this.#signal },
    });
    return missing;
  }

  async putChunk(place: Place, index: number, bytes: Uint8Array): Promise<void> {
    await this.#request({
      ...{ method: 'PUT', path: `${pathOf(place)}/${index}`, bytes },
      ...{ signal: this.#signal, timeoutMs: CHUNK_MS },
    });
  }

  async confirm(place: Place): Promise<void> {
    await this.#request({ method: 'POST', path: `${pathOf(place)}/confirm`, signal: this.#signal });
  }

  async drop(place: Place): Promise<void> {
    await this.#request({ method: 'DELETE', path: pathOf(place), signal: this.#signal });
  }

  manifest(place: Place): Promise<{ size: number; chunks: Uint8Array[] }> {
    return this.#request({
      ...{ method: 'GET', path: pathOf(place) },
      ...{ answer: attachmentResponse, signal: this.#signal },
    });
  }

  getChunk(place: Place, index: number): Promise<Uint8Array> {
    return this.#request({
      ...{ method: 'GET', path: `${pathOf(place)}/${index}`, answer: 'bytes' },
      ...{ signal: this.#signal, timeoutMs: CHUNK_MS },
    });
  }

  usage(): Promise<{ used: number; quota: number }> {
    return this.#request({
      ...{ method: 'GET', path: ALL, answer: attachmentUsageResponse },
      signal: this.#signal,
    });
  }
}

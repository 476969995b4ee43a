import type { AttachmentId, ConversationId } from '@sotto/protocol';
import {
  attachmentResponse,
  attachmentUsageResponse,
  beginAttachmentResponse,
  ProtocolError,
  toJson,
} from '@sotto/protocol';
import * as v from 'valibot';
import type { AccountApi } from '../../account/http-api.js';
import { problemOf, unlessLost } from '../../account/http-transport.js';

const ALL = '/sync/attachments';
/** Until a request counts as lost; a slow line has so long for one chunk. Milliseconds. */
const TIMEOUT_MS = 30_000;

/** An attachment in its conversation, as servers know it. */
export interface Place {
  readonly conversation: ConversationId;
  readonly id: AttachmentId;
}

type Api = Pick<AccountApi, 'raw' | 'accessToken' | 'resume'>;

const pathOf = ({ conversation, id }: Place) => `${ALL}/${conversation}/${id}`;

/** SPEC H23 to H28. Every call fails with ProtocolError. */
export class AttachmentApi {
  readonly #api: Api;
  readonly #signal: AbortSignal;

  /** @param signal ends what is under way */
  constructor(api: Api, signal: AbortSignal) {
    this.#api = api;
    this.#signal = signal;
  }

  /** @returns numbers of the chunks that are missing */
  async begin(place: Place, size: number, chunks: readonly Uint8Array[]): Promise<readonly number[]> {
    const body = JSON.stringify(toJson({ size, chunks }));
    const answer = await this.#ask('PUT', pathOf(place), body);
    return (await read(answer, beginAttachmentResponse)).missing;
  }

  async putChunk(place: Place, index: number, bytes: Uint8Array): Promise<void> {
    await this.#ask('PUT', `${pathOf(place)}/${index}`, bytes as BufferSource);
  }

  async confirm(place: Place): Promise<void> {
    await this.#ask('POST', `${pathOf(place)}/confirm`);
  }

  async drop(place: Place): Promise<void> {
    await this.#ask('DELETE', pathOf(place));
  }

  async manifest(place: Place): Promise<{ size: number; chunks: Uint8Array[] }> {
    return read(await this.#ask('GET', pathOf(place)), attachmentResponse);
  }

  async getChunk(place: Place, index: number): Promise<Uint8Array> {
    const answer = await this.#ask('GET', `${pathOf(place)}/${index}`);
    return new Uint8Array(await unlessLost(() => answer.arrayBuffer()));
  }

  async usage(): Promise<{ used: number; quota: number }> {
    return read(await this.#ask('GET', ALL), attachmentUsageResponse);
  }

  /** As the person of this session; a token that the server no longer takes is renewed once. */
  async #ask(method: string, path: string, body?: BodyInit): Promise<Response> {
    const token = await this.#api.accessToken();
    try {
      return await this.#send(method, path, token, body);
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === 'auth/token-invalid')) throw error;
      return this.#send(method, path, (await this.#api.resume()).accessToken, body);
    }
  }

  async #send(method: string, path: string, token: string, body: BodyInit | undefined): Promise<Response> {
    const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream';
    const response = await unlessLost(() =>
      this.#api.raw(path, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': type }) },
        // A chunk never changes, and the answer says so.
        ...{ credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' },
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#signal]),
        ...(body !== undefined && { body }),
      }),
    );
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

async function read<const S extends v.GenericSchema>(
  response: Response,
  schema: S,
): Promise<v.InferOutput<S>> {
  const result = v.safeParse(schema, await unlessLost(() => response.json()));
  if (!result.success) throw new ProtocolError('service/unavailable', { detail: 'answer of another shape' });
  return result.output;
}

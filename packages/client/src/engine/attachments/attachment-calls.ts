import type { AttachmentId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import type { EngineCalls } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import { AttachmentApi } from './attachment-api.js';
import { readFile } from './opening.js';
import { sealFile } from './sealing.js';

type Call<K extends keyof EngineCalls> = EngineCalls[K];

/** The calls about attached files. */
export class AttachmentCalls {
  readonly #context: DeviceContext;
  readonly #opening = new Map<AttachmentId, AbortController>();

  constructor(context: DeviceContext) {
    this.#context = context;
  }

  attach: Call<'attach'> = async ({ conversation, file, name, type }) => {
    if (!this.#context.summaries.get(conversation))
      throw new ProtocolError('auth/not-found', { detail: 'conversation' });
    const { reference } = await sealFile(this.#context, { conversation, file, name, type });
    return { attachment: reference };
  };

  detach: Call<'detach'> = async ({ attachment }) => {
    const { files } = this.#context.attached;
    const file = files?.all().find(({ reference, event }) => reference?.id === attachment && !event);
    // No message spoke of it, so no server has heard of it.
    if (file) await files!.forget(file);
  };

  openAttachment: Call<'openAttachment'> = async (input) => {
    const { size, type } = input.attachment;
    const parts = await this.#cancellable(input.attachment.id, (signal) =>
      readFile(this.#context, input, { from: 0, to: size }, signal),
    );
    return new Blob(parts, { type });
  };

  readAttachment: Call<'readAttachment'> = async ({ from, to, ...input }) => {
    const parts = await this.#cancellable(input.attachment.id, (signal) =>
      readFile(this.#context, input, { from, to }, signal),
    );
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  };

  cancelOpening: Call<'cancelOpening'> = async ({ attachment }) => this.#opening.get(attachment)?.abort();

  attachmentUsage: Call<'attachmentUsage'> = () =>
    new AttachmentApi(this.#context.api, new AbortController().signal).usage();

  async #cancellable<T>(id: AttachmentId, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = this.#opening.get(id) ?? new AbortController();
    this.#opening.set(id, controller);
    try {
      return await work(controller.signal);
    } finally {
      if (this.#opening.get(id) === controller) this.#opening.delete(id);
    }
  }
}

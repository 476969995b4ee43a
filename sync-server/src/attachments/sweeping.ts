import type { Logger } from '@sotto/service';
import type { Attachments, ChunkPlace } from '@sotto/store';
import type { AttachmentLimits } from './attachment-limits.js';

/** Deletes what ended, now and then; several servers may do it at once. */
export class Sweeping {
  readonly #attachments: Attachments;
  readonly #limits: AttachmentLimits;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #orphansAfter: ChunkPlace | undefined;
  #closed = false;

  constructor(attachments: Attachments, limits: AttachmentLimits, logger: Logger) {
    this.#attachments = attachments;
    this.#limits = limits;
    this.#logger = logger;
    this.#plan();
  }

  /** Waits for a sweep under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** One sweep, as far as it goes in one go. */
  async sweep(): Promise<void> {
    const { sweepUploads, sweepPlaces } = this.#limits;
    const ended = await this.#attachments.sweep(sweepUploads);
    this.#orphansAfter = await this.#attachments.sweepOrphans(this.#orphansAfter, sweepPlaces);
    if (ended > 0) this.#logger.info({ ended }, 'attachments deleted');
  }

  #plan(): void {
    if (this.#closed) return;
    // Servers that were started together do not all come at once.
    this.#timer = setTimeout(() => this.#begin(), this.#limits.sweepMs * (0.5 + Math.random()));
    this.#timer.unref();
  }

  #begin(): void {
    this.#running = this.sweep()
      .catch((error: unknown) => this.#logger.warn({ err: error }, 'attachments were not swept'))
      .then(() => this.#plan());
  }
}

import { ProtocolError } from '@sotto/protocol';
import type { AccountApi } from '../../account/http-api.js';
import type { LinkSecrets } from '../../account/link-code.js';
import { awaitLink, type LinkOffer, offerLink } from '../../account/link-offer.js';
import type { LinkSnapshot } from '../api/engine-api.js';

/** What showing a code needs of the engine. */
export interface LinkParts {
  readonly api: AccountApi;
  readonly deviceName: string;
  now(): number;
  publish(snapshot: LinkSnapshot): void;
  /** The code was scanned and its device linked: this browser becomes that device. */
  enter(offer: LinkOffer, secrets: LinkSecrets): Promise<void>;
  /** A failure with its code for screens; what is none of those is the engine's to report. */
  codeOf(error: unknown): ProtocolError;
}

/** A browser that shows a code until some device links it, it runs out, or nobody wants it any more. */
export class LinkSession {
  readonly #parts: LinkParts;
  #offer: LinkOffer | undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  /** Shows a new code; one that was shown before is no good any more. */
  async begin(): Promise<{ code: string }> {
    await this.cancel();
    const offer = await offerLink(this.#parts.api, this.#parts);
    this.#offer = offer;
    this.#parts.publish({ state: 'waiting', code: offer.text, until: offer.until });
    void this.#follow(offer);
    return { code: offer.text };
  }

  async cancel(): Promise<void> {
    const offer = this.stop();
    if (!offer) return;
    try {
      await this.#parts.api.cancelLink(offer.code.ticket, offer.secret);
    } catch (error) {
      // It runs out by itself.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  /** Nobody waits any more. @returns what was waited for */
  stop(): LinkOffer | undefined {
    const offer = this.#offer;
    this.#offer = undefined;
    if (offer) this.#parts.publish({ state: 'none' });
    return offer;
  }

  async #follow(offer: LinkOffer): Promise<void> {
    const isOver = () => this.#offer !== offer;
    let entering = false;
    try {
      const secrets = await awaitLink(this.#parts.api, offer, isOver);
      if (!secrets || isOver()) return;
      // From here on it is this browser's own: signing in ends it, and cancelling comes too late.
      this.#offer = undefined;
      entering = true;
      await this.#parts.enter(offer, secrets);
      this.#parts.publish({ state: 'done' });
    } catch (error) {
      // What was taken back may well be unknown to the server by now.
      if (isOver() && !entering) return;
      this.#offer = undefined;
      this.#parts.publish({ state: 'failed', error: this.#parts.codeOf(error).code });
    }
  }
}

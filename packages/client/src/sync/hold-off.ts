import { ProtocolError } from '@sotto/protocol';

/**
 * What servers asked to wait with: whoever wants to send there before its time is told so without asking again, whatever made
 * it want to (SPEC S11, E `later`).
 */
export class HoldOff {
  readonly #now: () => number;
  readonly #until = new Map<string, { readonly at: number; readonly code: ProtocolError['code'] }>();

  /** @param now milliseconds on a clock that does not go back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A server refused something about this subject. */
  note(subject: string, { code, retry, retryAfterMs = 0 }: ProtocolError): void {
    if (retry === 'later' && retryAfterMs > 0)
      this.#until.set(subject, { at: this.#now() + retryAfterMs, code });
  }

  /** @returns the refusal that still stands, with what is left of its time */
  of(subject: string): ProtocolError | undefined {
    const held = this.#until.get(subject);
    if (!held) return undefined;
    const retryAfterMs = Math.ceil(held.at - this.#now());
    if (retryAfterMs > 0) return new ProtocolError(held.code, { retryAfterMs });
    this.#until.delete(subject);
    return undefined;
  }
}

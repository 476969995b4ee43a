/** What was wrong with bytes that came from outside. Never carries the bytes themselves. */
export type DecodeFault =
  | 'truncated'
  | 'integer-range'
  | 'integer-not-minimal'
  | 'text-encoding'
  | 'trailing-bytes'
  | 'base64url'
  | 'cbor'
  | 'shape'
  | 'unknown-type'
  | 'document-name'
  | 'update-grammar'
  | 'too-large'
  | 'too-many';

/** Bytes or text from outside that do not follow SPEC.md. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly fault: DecodeFault;

  /**
   * @param fault which rule was broken
   * @param detail where, in a few words of our own; never input
   */
  constructor(fault: DecodeFault, detail = '') {
    super(detail ? `${fault}: ${detail}` : fault);
    this.fault = fault;
  }
}

/** A function that takes apart bytes from elsewhere, as fuzzing sees it. */
export interface Fuzzed {
  /** Valid inputs, as this program makes them now: each has to be taken. */
  samples(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Takes bytes, or throws a typed error. */
  decode(bytes: Uint8Array): unknown;
  /** What is inside the bytes, so that changes can keep their outer form: CBOR or JSON as it stands, else bytes. */
  readonly form: 'bytes' | 'cbor' | 'json';
  /** Where the form is padded: without the padding, and with it again. */
  readonly padding?: {
    strip(bytes: Uint8Array): Uint8Array;
    add(content: Uint8Array): Uint8Array;
  };
}

/** Decoders by name. */
export type FuzzedDecoders = Readonly<Record<string, Fuzzed>>;

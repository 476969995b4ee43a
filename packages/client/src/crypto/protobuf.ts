/**
 * The corner of Protocol Buffers that Signal's messages need: varints and length-delimited fields.
 * The reader is stricter than protobuf asks for: no field of interest twice, shortest varints, no groups.
 * Fields it is not asked about are skipped.
 */

type FieldValue = number | Uint8Array;
type Fields = readonly (readonly [field: number, value: FieldValue | undefined])[];

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;
/** Stands for a value of a type that no field of ours has: beyond every `max`, and no bytes. */
const OTHER_TYPE = Number.POSITIVE_INFINITY;
const MAX_FIELD = 0x1fffffff;
/** Bytes of the longest varint, one of 64 bits. */
const MAX_VARINT = 10;

/** Largest value of the unsigned 32-bit counters and ids in Signal's messages. */
export const MAX_UINT32 = 0xffffffff;

/**
 * Encodes fields in the order given; an `undefined` value leaves its field out. A field may be given repeatedly.
 * @param fields pairs of field number and value: an unsigned integer up to 2^53 - 1, or bytes
 * @throws RangeError for any other number
 */
export function encodeFields(fields: Fields): Uint8Array {
  const out: number[] = [];
  const parts: Uint8Array[] = [];
  for (const [field, value] of fields) {
    if (value === undefined) continue;
    if (typeof value === 'number') {
      pushVarint(out, field * 8 + VARINT);
      pushVarint(out, value);
    } else {
      pushVarint(out, field * 8 + DELIMITED);
      pushVarint(out, value.length);
      parts.push(Uint8Array.from(out.splice(0)), value);
    }
  }
  parts.push(Uint8Array.from(out));
  return joinBytes(parts);
}

/** Concatenates byte strings. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function pushVarint(out: number[], value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not an unsigned integer');
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  out.push(rest);
}

/** The fields of one decoded message. Accessors throw the reader's error where a field is not as asked. */
export interface FieldReader {
  /** An unsigned integer of at most `max` (2^32 - 1 unless given). */
  uint(field: number, max?: number): number;
  optionalUint(field: number, max?: number): number | undefined;
  /** A copy of the field's bytes, `length` of them if given. */
  bytes(field: number, length?: number): Uint8Array;
  optionalBytes(field: number, length?: number): Uint8Array | undefined;
  /** Every occurrence of a repeated field of bytes, in order. */
  repeated(field: number): Uint8Array[];
}

/**
 * Decodes a whole message.
 * @param bytes the message, nothing before or after it
 * @param fail makes the error to throw when the bytes are not such a message
 */
export function decodeFields(bytes: Uint8Array, fail: () => Error): FieldReader {
  const fields = scan(bytes, fail);

  function single(field: number): FieldValue | undefined {
    const values = fields.get(field);
    if (values && values.length > 1) throw fail();
    return values?.[0];
  }
  function optionalUint(field: number, max = MAX_UINT32): number | undefined {
    const value = single(field);
    if (value !== undefined && (typeof value !== 'number' || value > max)) throw fail();
    return value;
  }
  function optionalBytes(field: number, length?: number): Uint8Array | undefined {
    const value = single(field);
    if (value === undefined) return undefined;
    if (typeof value === 'number' || (length !== undefined && value.length !== length)) throw fail();
    return new Uint8Array(value);
  }
  function required<T>(value: T | undefined): T {
    if (value === undefined) throw fail();
    return value;
  }
  return {
    uint: (field, max) => required(optionalUint(field, max)),
    optionalUint,
    bytes: (field, length) => required(optionalBytes(field, length)),
    optionalBytes,
    repeated: (field) =>
      (fields.get(field) ?? []).map((value) => {
        if (typeof value === 'number') throw fail();
        return new Uint8Array(value);
      }),
  };
}

/** Splits a message into its varint and length-delimited fields; the latter as views of `bytes`. */
function scan(bytes: Uint8Array, fail: () => Error): Map<number, FieldValue[]> {
  const fields = new Map<number, FieldValue[]>();
  let offset = 0;

  // Beyond 2^53 the value is rounded, but stays beyond every `max` it is compared with.
  function varint(): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT && offset < bytes.length; i++) {
      const byte = bytes[offset++]!;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) {
        if (byte === 0 && i > 0) throw fail();
        return value;
      }
    }
    throw fail();
  }
  function take(length: number): Uint8Array {
    if (length > bytes.length - offset) throw fail();
    offset += length;
    return bytes.subarray(offset - length, offset);
  }
  function read(type: number): FieldValue {
    if (type === VARINT) return varint();
    if (type === DELIMITED) return take(varint());
    if (type !== FIXED64 && type !== FIXED32) throw fail();
    take(type === FIXED64 ? 8 : 4);
    return OTHER_TYPE;
  }
  while (offset < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    if (field === 0 || field > MAX_FIELD) throw fail();
    const type = tag % 8;
    const value = read(type);
    const values = fields.get(field);
    if (values) values.push(value);
    else fields.set(field, [value]);
  }
  return fields;
}

import * as v from 'valibot';
import { decodeCbor } from '../bytes/cbor.js';

/** What CBOR says, whatever it is. @throws DecodeError for what this wire never carries */
export function readAnyCbor(bytes: Uint8Array): unknown {
  return decodeCbor(v.unknown(), bytes);
}

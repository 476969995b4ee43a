/** What fuzzing needs of the wire contract, `@sotto/protocol/testing`. */
export { readAnyCbor } from './any-cbor.js';
export { protocolDecoders } from './decoders.js';
export type { Fuzzed, FuzzedDecoders } from './fuzzed.js';

import { CHUNK_TAG_BYTES, LIMITS } from '@sotto/protocol';

/** Content of a whole chunk, bytes. */
export const CHUNK_CONTENT_BYTES = LIMITS.attachmentChunkBytes - CHUNK_TAG_BYTES;
/** Nothing smaller is sealed: small files look alike. */
const LEAST_BYTES = 1_024;

/**
 * Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PETS 2019, algorithm 1): a size
 * of L bytes keeps log2(log2 L) of its leading bits and grows to the next such size, by at most 12 %.
 */
export function paddedSize(size: number): number {
  const length = Math.max(size, LEAST_BYTES);
  const exponent = Math.floor(Math.log2(length));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - kept);
  return Math.ceil(length / step) * step;
}

/** Bytes of all sealed chunks of a content of this size (SPEC X23). */
export function sealedSize(size: number): number {
  const padded = paddedSize(size);
  return padded + Math.ceil(padded / CHUNK_CONTENT_BYTES) * CHUNK_TAG_BYTES;
}

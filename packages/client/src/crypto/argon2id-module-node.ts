import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

/** Argon2's compression function (RFC 9106, 3.5) with SIMD, as WebAssembly. */
export async function compressionModule(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(resolve('argon2id/dist/simd.wasm')));
}

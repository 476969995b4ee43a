import address from 'argon2id/dist/simd.wasm?url';

/** Argon2's compression function (RFC 9106, 3.5) with SIMD, as WebAssembly. All browsers that Sotto runs in have SIMD. */
export async function compressionModule(): Promise<ArrayBuffer> {
  const response = await fetch(address);
  return response.arrayBuffer();
}

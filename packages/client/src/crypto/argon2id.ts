import setupWasm from 'argon2id/lib/setup.js';
import { compressionModule } from '#argon2id-module';

/** What a derivation costs, and what goes into it beside password and salt. */
export interface Argon2idParameters {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  /** Bytes of the result, at least 4. */
  readonly length: number;
  readonly secret?: Uint8Array;
  readonly data?: Uint8Array;
}

let loading: ReturnType<typeof compressionModule> | undefined;

/** Begins to load what {@link argon2id} needs, where that is not here yet: a password is asked about meanwhile. */
export function loadArgon2id(): ReturnType<typeof compressionModule> {
  loading ??= compressionModule().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/**
 * Argon2id, version 1.3 (RFC 9106, 3.2). It takes `memoryKiB` of memory while it runs, and the thread it is called on.
 * @throws RangeError where there is not that much memory
 */
export async function argon2id(
  password: Uint8Array,
  salt: Uint8Array,
  { memoryKiB, passes, lanes, length, secret, data }: Argon2idParameters,
): Promise<Uint8Array> {
  const module = await loadArgon2id();
  const instantiate = (imports: WebAssembly.Imports) => WebAssembly.instantiate(module, imports);
  // Set up anew for each: the memory goes back with the next collection of garbage.
  const derive = await setupWasm(instantiate, instantiate);
  return derive({
    password,
    salt,
    memorySize: memoryKiB,
    passes,
    parallelism: lanes,
    tagLength: length,
    ...(secret && { secret }),
    ...(data && { ad: data }),
  });
}

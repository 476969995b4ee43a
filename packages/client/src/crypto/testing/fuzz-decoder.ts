import { isCryptoError } from '../errors.js';
import { mutate, seededRandom } from '../seeded-random.js';

/** What a run of {@link fuzzDecoder} saw. */
export interface FuzzResult {
  accepted: number;
  rejected: number;
}

/**
 * Feeds a decoder changed copies of valid bytes. Only for tests.
 * @param seed printed first, so that a failure can be repeated
 * @throws whatever the decoder throws that is no typed error of this library
 */
export async function fuzzDecoder(
  name: string,
  valid: Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
  rounds: number,
  seed: number = crypto.getRandomValues(new Uint32Array(1))[0]!,
): Promise<FuzzResult> {
  process.stdout.write(`fuzz ${name}: seed ${seed}\n`);
  const random = seededRandom(seed);
  const result = { accepted: 0, rejected: 0 };
  for (let i = 0; i < rounds; i++) {
    try {
      await decode(mutate(random, valid));
      result.accepted++;
    } catch (error) {
      if (!isCryptoError(error)) throw error;
      result.rejected++;
    }
  }
  return result;
}

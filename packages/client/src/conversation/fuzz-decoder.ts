import { mutate, seededRandom } from '../crypto/seeded-random.js';
import { isConversationError } from './errors.js';

/** What a run of {@link fuzzDecoder} saw. */
export interface FuzzResult {
  accepted: number;
  refused: number;
}

/**
 * Feeds a decoder changed copies of valid bytes. Only for tests.
 * @param seed printed first, so that a failure can be repeated
 * @throws whatever the decoder throws that is no ConversationError
 */
export async function fuzzDecoder(
  name: string,
  valid: Uint8Array,
  decode: (bytes: Uint8Array) => unknown,
  rounds = 400,
  seed: number = crypto.getRandomValues(new Uint32Array(1))[0]!,
): Promise<FuzzResult> {
  process.stdout.write(`fuzz ${name}: seed ${seed}\n`);
  const random = seededRandom(seed);
  const result = { accepted: 0, refused: 0 };
  for (let round = 0; round < rounds; round += 1) {
    try {
      await decode(mutate(random, valid));
      result.accepted += 1;
    } catch (error) {
      if (!isConversationError(error)) throw error;
      result.refused += 1;
    }
  }
  return result;
}

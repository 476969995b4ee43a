import { isCryptoError } from '../errors.js';
import { mutate, seededRandom } from '../seeded-random.js';
import { printSeed } from './print-seed.js';

/** What a run of {@link fuzzDecoder} saw. */
export interface FuzzResult {
  accepted: number;
  rejected: number;
}

/**
 * Feeds a decoder changed copies of valid bytes. Only for tests.
 * @param valid one input, or several
 * @param seed printed first, so that a failure can be repeated
 * @throws whatever the decoder throws that is no typed error of this library
 */
export async function fuzzDecoder(
  name: string,
  valid: Uint8Array | readonly Uint8Array[],
  decode: (bytes: Uint8Array) => unknown,
  rounds: number,
  seed: number = crypto.getRandomValues(new Uint32Array(1))[0]!,
): Promise<FuzzResult> {
  printSeed(`fuzz ${name}`, seed);
  const inputs = valid instanceof Uint8Array ? [valid] : valid;
  const random = seededRandom(seed);
  const result = { accepted: 0, rejected: 0 };
  for (let i = 0; i < rounds; i++) {
    const changed = mutate(random, inputs[random.below(inputs.length)]!);
    if (await isAccepted(decode, changed)) result.accepted++;
    else result.rejected++;
  }
  return result;
}

/**
 * Whether a decoder takes bytes; false where it refuses them with a typed error.
 * @throws whatever else it throws
 */
export async function isAccepted(
  decode: (bytes: Uint8Array) => unknown,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    await decode(bytes);
    return true;
  } catch (error) {
    if (!isCryptoError(error)) throw error;
    assertTellsNothing(error);
    return false;
  }
}

/** Errors may be logged: they hold a constant sentence and nothing of what they are about. */
function assertTellsNothing(error: Error): void {
  const { message, cause, ...rest } = error as Error & Record<string, unknown>;
  const isSentence = /^[A-Z][A-Za-z0-9 ,':+-]{5,90}\.$/.test(message) && !/[0-9a-f]{9}/i.test(message);
  if (!isSentence || cause !== undefined || Object.keys(rest).some((key) => key !== 'code' && key !== 'name'))
    throw new Error(`an error that says too much: ${error.name}`);
}

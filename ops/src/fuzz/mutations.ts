import { mutate, type SeededRandom } from '@sotto/client/testing/crypto';
import type { Fuzzed } from '@sotto/protocol/testing';
import { changeCbor, changeJson } from './structure.js';

/** Largest input: above every bound that a decoder has. */
const MOST_BYTES = 80_000;

/** A changed copy of one input, at times with a piece of another in it. */
export function changed(
  random: SeededRandom,
  { form, padding }: Pick<Fuzzed, 'form' | 'padding'>,
  inputs: readonly Uint8Array[],
): Uint8Array {
  const pick = () => inputs[random.below(inputs.length)] ?? new Uint8Array();
  const input = pick();
  const inside = padding && random.below(4) > 0 ? stripped(padding, input) : undefined;
  const content = inside ?? input;
  const next = changedContent(random, form, content, pick).subarray(0, MOST_BYTES);
  return inside && padding ? padded(padding, next) : next;
}

function changedContent(
  random: SeededRandom,
  form: Fuzzed['form'],
  content: Uint8Array,
  pick: () => Uint8Array,
): Uint8Array {
  if (random.below(12) === 0) return spliced(random, content, pick());
  if (form === 'cbor' && random.below(3) > 0) return changeCbor(random, content) ?? mutate(random, content);
  if (form === 'json' && random.below(5) > 0) return changeJson(random, content) ?? mutate(random, content);
  return content.length === 0 ? random.bytes(random.below(20)) : mutate(random, content);
}

/** The beginning of one input and the end of another. */
function spliced(random: SeededRandom, first: Uint8Array, second: Uint8Array): Uint8Array {
  const head = first.subarray(0, random.below(first.length + 1));
  return Uint8Array.from([...head, ...second.subarray(random.below(second.length + 1))]);
}

function stripped(padding: NonNullable<Fuzzed['padding']>, input: Uint8Array): Uint8Array | undefined {
  try {
    return padding.strip(input);
  } catch {
    // An input of the corpus whose padding is what is wrong with it.
    return undefined;
  }
}

function padded(padding: NonNullable<Fuzzed['padding']>, content: Uint8Array): Uint8Array {
  try {
    return padding.add(content);
  } catch {
    // Larger than any bucket.
    return content;
  }
}

import type { Target } from './targets.js';
import { isTyped } from './typed-errors.js';

/** What a decoder made of an input. */
export type Outcome = 'taken' | 'refused';

/** An input over which a decoder broke down. */
export class Broken extends Error {
  override readonly name = 'Broken';
  readonly input: Uint8Array;

  constructor(target: string, input: Uint8Array, how: string, cause?: unknown) {
    super(`${target}: ${how}; input ${Buffer.from(input).toString('base64') || '(empty)'}`, { cause });
    this.input = input;
  }
}

/**
 * Gives a decoder an input.
 * @throws Broken where it fails otherwise than by a typed error, or changes its input
 */
export async function tryInput(target: Target, input: Uint8Array): Promise<Outcome> {
  const given = new Uint8Array(input);
  let outcome: Outcome = 'taken';
  try {
    await target.decode(given);
  } catch (error) {
    if (!isTyped(error)) throw new Broken(target.name, input, `an untyped ${String(error)}`, error);
    outcome = 'refused';
  }
  if (Buffer.compare(given, input) !== 0) throw new Broken(target.name, input, 'the input was written to');
  return outcome;
}

import { DuplicateMessageError, InvalidStateError, TooFarError } from './errors.js';
import { messageSeed, nextChainKey } from './kdf.js';
import { decodeFields, encodeFields, MAX_UINT32 } from './protobuf.js';

/** Most keys of skipped messages that are kept for one session or one sender chain; the oldest go first. */
export const MAX_SKIPPED_KEYS = 2_000;

/** The seed of a message that has not come yet, its chain already being past it. */
export interface SkippedKey {
  readonly index: number;
  /** 32 bytes. */
  readonly seed: Uint8Array;
}

/** A receiver's place in a chain, moved forward as messages come. Immutable. */
export interface ReceivingChain {
  /** The message that `chainKey` is for. */
  readonly index: number;
  readonly chainKey: Uint8Array;
  /** Ascending by index. */
  readonly skipped: readonly SkippedKey[];
}

/**
 * Takes the seed of one message out of a chain (Double Ratchet, section 3.5, SkipMessageKeys and
 * TrySkippedMessageKeys); the chain returned cannot give it again.
 * @throws DuplicateMessageError if it was taken before, or dropped since
 * @throws TooFarError if it is more than `maxJumps` ahead
 */
export function takeSeed(
  chain: ReceivingChain,
  index: number,
  maxJumps: number,
): { chain: ReceivingChain; seed: Uint8Array } {
  if (index < chain.index) {
    const found = chain.skipped.find((key) => key.index === index);
    if (!found) throw new DuplicateMessageError('The message was opened before.');
    return { chain: { ...chain, skipped: chain.skipped.filter((key) => key !== found) }, seed: found.seed };
  }
  // The last counter is left unused, so that the next index always is one.
  if (index - chain.index > maxJumps || index >= MAX_UINT32)
    throw new TooFarError('The message is too far ahead.');
  const skipped: SkippedKey[] = [];
  let { chainKey } = chain;
  for (let i = chain.index; i < index; i++) {
    if (index - i <= MAX_SKIPPED_KEYS) skipped.push({ index: i, seed: messageSeed(chainKey) });
    chainKey = nextChainKey(chainKey);
  }
  return {
    chain: {
      index: index + 1,
      chainKey: nextChainKey(chainKey),
      skipped: [...chain.skipped, ...skipped].slice(-MAX_SKIPPED_KEYS),
    },
    seed: messageSeed(chainKey),
  };
}

/** Serialises a chain's place, secrets included. */
export function serializeReceivingChain(chain: ReceivingChain): Uint8Array {
  return encodeFields([
    [1, chain.index],
    [2, chain.chainKey],
    ...chain.skipped.map(
      ({ index, seed }) =>
        [
          3,
          encodeFields([
            [1, index],
            [2, seed],
          ]),
        ] as const,
    ),
  ]);
}

/** @throws InvalidStateError */
export function deserializeReceivingChain(bytes: Uint8Array): ReceivingChain {
  const malformed = () => new InvalidStateError('The receiving chain does not decode.');
  const fields = decodeFields(bytes, malformed);
  const index = fields.uint(1);
  let previous = -1;
  const skipped = fields.repeated(3).map((entry) => {
    const key = decodeFields(entry, malformed);
    const at = key.uint(1);
    if (at <= previous || at >= index) throw malformed();
    previous = at;
    return { index: at, seed: key.bytes(2, 32) };
  });
  if (skipped.length > MAX_SKIPPED_KEYS) throw malformed();
  return { index, chainKey: fields.bytes(2, 32), skipped };
}

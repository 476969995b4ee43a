import { DecodeError } from '@sotto/protocol';
import { isCryptoError } from '../crypto/index.js';

/**
 * Stable codes of this folder. `refused` says that the bytes can never become good, so what they claim is dropped for
 * ever; the others may pass later (a newer program, a device list that arrives) or are the caller's own input.
 */
export const CONVERSATION_ERRORS = {
  /** Bytes do not follow the layout of SPEC X. */
  'conversation/malformed': { refused: true },
  /** A newer layout than this program reads. */
  'conversation/version': { refused: false },
  /** A signature or an authentication tag is not by whom it should be. */
  'conversation/forged': { refused: true },
  /** Genuine, but not for this place: another document, feed, clock, device, epoch or conversation. */
  'conversation/misplaced': { refused: true },
  /** A chain's iteration was used at another position before. */
  'conversation/repeated': { refused: true },
  /** Neighbours in a feed whose sequence, hash or iteration do not follow each other. */
  'conversation/broken-feed': { refused: true },
  /** An iteration further ahead than a chain is stepped for. */
  'conversation/too-far': { refused: true },
  /** A second distribution of one chain that does not agree with the first. */
  'conversation/chain-conflict': { refused: true },
  /** The author's device is on no verified list that this device has. */
  'conversation/unknown-device': { refused: false },
  /** A direct conversation is between two different accounts. */
  'conversation/members': { refused: true },
  /** The text holds half of a surrogate pair, so it has no UTF-8 form. */
  'conversation/text-malformed': { refused: true },
  'conversation/text-too-long': { refused: true },
  /** More than one envelope or record can hold. */
  'conversation/too-large': { refused: true },
} as const;

export type ConversationErrorCode = keyof typeof CONVERSATION_ERRORS;

/** A failure of the sealed engine's pure part. Its message names what failed, never contents or keys. */
export class ConversationError<C extends ConversationErrorCode = ConversationErrorCode> extends Error {
  override readonly name = 'ConversationError';
  readonly code: C;
  /** What failed, in a few words of our own. */
  readonly what: string;

  constructor(code: C, what: string, cause?: unknown) {
    super(`${code}: ${what}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.what = what;
  }

  /** Whether the bytes can never become good. */
  get refused(): boolean {
    return CONVERSATION_ERRORS[this.code].refused;
  }
}

/** Whether `error` was thrown by this folder, and with `code` if one is given. */
export function isConversationError<C extends ConversationErrorCode = ConversationErrorCode>(
  error: unknown,
  code?: C,
): error is ConversationError<C> {
  return error instanceof ConversationError && (code === undefined || error.code === code);
}

/**
 * Runs a decoder, so that a fault of the bytes comes out as one typed error that says which bytes.
 * @throws ConversationError `conversation/malformed` where `read` throws a decoding or crypto error
 */
export function parsing<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecodeError || isCryptoError(error))
      throw new ConversationError('conversation/malformed', what, error);
    throw error;
  }
}

import type { Binding } from './binding.js';
import { ConversationError } from './errors.js';
import { eventHash } from './event.js';
import { equalBytes, NO_HASH } from './hash.js';

/** What of an envelope says how it follows others of its feed (one device, generation and log). */
export interface FeedStep extends Pick<Binding, 'seq' | 'prev' | 'epoch'> {
  readonly iteration: number;
  /** The event's bytes. */
  readonly event: Uint8Array;
}

/**
 * Checks that one envelope follows another of the same author, generation and log (SPEC X9): the sequence and the
 * hashes of events leave no room to drop, swap or replace one unseen.
 * @param earlier undefined at the beginning of the feed
 * @returns `gap` where envelopes between the two are missing, so nothing can be said yet
 * @throws ConversationError `conversation/broken-feed`
 */
export function checkSuccession(earlier: FeedStep | undefined, later: FeedStep): 'follows' | 'same' | 'gap' {
  if (!earlier) return checkFirst(later);
  // Sealed anew after a stale refusal whose envelope was stored all the same.
  if (earlier.seq === later.seq) {
    if (!equalBytes(earlier.event, later.event)) throw broken('one sequence for two events');
    return 'same';
  }
  if (earlier.seq > later.seq) throw broken('sequence');
  if (earlier.epoch > later.epoch) throw broken('epoch');
  if (earlier.epoch === later.epoch && earlier.iteration >= later.iteration) throw broken('iteration');
  if (earlier.seq + 1 < later.seq) return 'gap';
  if (!equalBytes(later.prev, eventHash(earlier.event))) throw broken('hash of the event before');
  return 'follows';
}

function checkFirst(step: FeedStep): 'follows' | 'gap' {
  if (step.seq > 0) return 'gap';
  if (!equalBytes(step.prev, NO_HASH)) throw broken('first event names one before');
  return 'follows';
}

function broken(what: string): ConversationError {
  return new ConversationError('conversation/broken-feed', what);
}

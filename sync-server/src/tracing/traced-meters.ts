import type { Tracing } from '@sotto/service';
import { NO_TRACING } from '@sotto/service';
import type { Meters } from '../metrics/meters.js';

/** As these meters, and a span for each request, by the type of its frame. */
export function tracedMeters(meters: Meters, tracing: Tracing): Meters {
  if (tracing === NO_TRACING) return meters;
  return {
    received: (frames, bytes) => meters.received(frames, bytes),
    sent: (frames, bytes) => meters.sent(frames, bytes),
    refused: (code) => meters.refused(code),
    readerBehind: () => meters.readerBehind(),
    slowReader: () => meters.slowReader(),
    closed: (kind, code, seconds) => meters.closed(kind, code, seconds),
    request: (asked, task) =>
      tracing.span(`sync ${asked}`, 'server', { 'sotto.request': asked }, () => meters.request(asked, task)),
  };
}

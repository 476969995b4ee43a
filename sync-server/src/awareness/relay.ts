import type { LogName } from '@sotto/protocol';
import type { Unsubscribe } from '@sotto/store';

/** Carries sealed awareness between servers. Nothing durable depends on it: what does not arrive is forgotten (SPEC W10). */
export interface AwarenessRelay {
  publish(log: LogName, payload: Uint8Array): void;
  /** Calls back with what other servers published from now on. */
  listen(listener: (log: LogName, payload: Uint8Array) => void): Unsubscribe;
}

/** A server that is alone. */
export const NO_RELAY: AwarenessRelay = {
  publish: () => undefined,
  listen: () => () => undefined,
};

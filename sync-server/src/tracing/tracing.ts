import type { StoreMeters } from '../metrics/measured-stores.js';
import type { Meters } from '../metrics/meters.js';

/** Traces of what is asked of the server and of its stores. */
export interface Tracing {
  /** As these meters, and a span for each request. */
  meters(meters: Meters): Meters;
  /** As these, and a span for each operation, inside the request that it belongs to. */
  storeMeters(meters: StoreMeters): StoreMeters;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** Where nobody asked for traces. */
export const NO_TRACING: Tracing = {
  meters: (meters) => meters,
  storeMeters: (meters) => meters,
  close: async () => undefined,
};

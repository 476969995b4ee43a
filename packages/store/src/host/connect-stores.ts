import type { ByteReader } from '@sotto/protocol';
import type { LinkOptions } from './host-link.js';
import { HostLink } from './host-link.js';
import { HostedActivityStore } from './hosted-activity-store.js';
import { HostedChunkStore } from './hosted-chunk-store.js';
import { HostedClaimStore } from './hosted-claim-store.js';
import { HostedLogStore } from './hosted-log-store.js';
import { CLAIM, RECORDS } from './operations.js';

/** The stores of a store host. */
export interface HostedStores {
  readonly log: HostedLogStore;
  readonly claims: HostedClaimStore;
  readonly activity: HostedActivityStore;
  readonly chunks: HostedChunkStore;
  /** Whether there is a connection to the host now. */
  readonly isConnected: boolean;
  /** Waits for what was asked, then closes the connection. */
  close(): Promise<void>;
}

/**
 * Connects to the store host at `path`, and again whenever the connection is lost; there need not be one yet. Until there is,
 * everything throws ProtocolError `sync/store-unavailable`. After a connection was lost, listeners are told that they may have
 * missed something, before anything is asked on the next one.
 */
export function connectStores(path: string, options: LinkOptions = {}): HostedStores {
  const link = new HostLink(
    path,
    {
      told: (kind: number, reader: ByteReader) => {
        if (kind === RECORDS) log.told(reader);
        else if (kind === CLAIM) claims.told(reader);
      },
      connected: (again: boolean) => {
        claims.follow();
        log.follow();
        if (!again) return;
        claims.interrupted();
        log.interrupted();
      },
    },
    options,
  );
  const claims = new HostedClaimStore(link);
  const log = new HostedLogStore(link, () => claims.heard);
  return {
    log,
    claims,
    activity: new HostedActivityStore(link),
    chunks: new HostedChunkStore(link),
    get isConnected() {
      return link.isConnected;
    },
    async close() {
      await log.close();
      await link.close();
    },
  };
}

import { randomBytes } from 'node:crypto';
import { createClient } from '@redis/client';
import type { LogName } from '@sotto/protocol';
import type { Logger } from '@sotto/service';
import type { Unsubscribe } from '@sotto/store';
import { decodeAwarenessMessage, encodeAwarenessMessage, SERVER_ID_BYTES } from './awareness-message.js';
import type { AwarenessRelay } from './relay.js';

/** Where all servers of one Sotto meet. */
const CHANNEL = 'sotto:awareness';
/** Messages that may wait for Redis; what comes then is dropped. */
const QUEUE = 1_024;
/** Longest wait before another attempt to connect, milliseconds. */
const RETRY_MS = 2_000;

export interface RedisRelay extends AwarenessRelay {
  /** Whether awareness passes at this moment. */
  readonly isConnected: boolean;
  close(): void;
}

function retryAfterMs(attempt: number): number {
  return Math.min(RETRY_MS, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
}

/**
 * Passes awareness through Redis pub/sub. Returns at once: while there is no connection awareness stays with each server.
 * @param url with password, if there is one; never logged
 */
export function connectRedisRelay(url: string, logger: Logger): RedisRelay {
  const self = new Uint8Array(randomBytes(SERVER_ID_BYTES));
  const listeners = new Set<(log: LogName, payload: Uint8Array) => void>();
  const options = {
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: QUEUE,
    socket: { reconnectStrategy: retryAfterMs },
  };
  const publisher = createClient(options);
  const subscriber = createClient({ ...options, disableOfflineQueue: false });
  let failing = false;
  for (const client of [publisher, subscriber]) {
    client.on('error', (error: unknown) => {
      // One line for an outage, not one for each attempt; the error may name the address, its code does not.
      if (!failing) logger.warn({ code: codeOf(error) }, 'sync: awareness does not reach other servers');
      failing = true;
    });
    client.on('ready', () => {
      if (failing) logger.info('sync: awareness reaches other servers again');
      failing = false;
    });
  }

  function hear(bytes: Buffer): void {
    const message = decodeAwarenessMessage(new Uint8Array(bytes));
    if (!message || Buffer.compare(message.from, self) === 0) return;
    for (const listener of listeners) listener(message.log, message.payload);
  }

  // Both go on trying by themselves until they are closed; `error` says what is wrong.
  publisher.connect().catch(() => undefined);
  subscriber.connect().catch(() => undefined);
  subscriber.subscribe(CHANNEL, hear, true).catch(() => undefined);

  return {
    publish(log, payload) {
      if (!publisher.isReady) return;
      const message = Buffer.from(encodeAwarenessMessage({ from: self, log, payload }));
      // Lost with the connection, or one too many: nobody waits for it.
      publisher.publish(CHANNEL, message).catch(() => undefined);
    },
    listen(listener): Unsubscribe {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    get isConnected() {
      return publisher.isReady && subscriber.isReady;
    },
    close() {
      publisher.destroy();
      subscriber.destroy();
    },
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
}

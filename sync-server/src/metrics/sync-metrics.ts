import type { ErrorCode } from '@sotto/protocol';
import type { Logger } from '@sotto/service';
import { LATENCY_BUCKETS, outcomeOf } from '@sotto/service';
import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Meters, SocketKind } from './meters.js';

/** What is asked of the server while somebody looks. */
export interface Measured {
  readonly connections: number;
  readonly backlog: number;
  readonly pending: number;
}

/** A sync server's metrics, by Prometheus' names and base units. No label names a person, device or conversation. */
export class SyncMetrics implements Meters {
  readonly #receivedFrames: Counter;
  readonly #receivedBytes: Counter;
  readonly #sentFrames: Counter;
  readonly #sentBytes: Counter;
  readonly #refusals: Counter<'code'>;
  readonly #readersBehind: Counter;
  readonly #slowReaders: Counter;
  readonly #closes: Counter<'kind' | 'code'>;
  readonly #requests: Histogram<'request' | 'outcome'>;

  readonly #logger: Logger;

  /** @param logger gets a line for every socket that closes */
  constructor(registry: Registry, logger: Logger) {
    this.#logger = logger;
    const registers = [registry];
    const counter = (name: string, help: string) => new Counter({ name, help, registers });
    this.#receivedFrames = counter('sotto_sync_received_frames_total', 'Frames that came from devices.');
    this.#receivedBytes = counter('sotto_sync_received_bytes_total', 'Bytes of messages from devices.');
    this.#sentFrames = counter('sotto_sync_sent_frames_total', 'Frames that left for devices.');
    this.#sentBytes = counter('sotto_sync_sent_bytes_total', 'Bytes of messages that left for devices.');
    this.#readersBehind = counter(
      'sotto_sync_readers_behind_total',
      'Times that a socket was slower than what was written for it, and was caught up from the store.',
    );
    this.#slowReaders = counter('sotto_sync_slow_readers_total', 'Sockets cut off for reading too slowly.');
    this.#refusals = new Counter({
      name: 'sotto_sync_refusals_total',
      help: 'Requests and sockets that were refused, by error code.',
      labelNames: ['code'],
      registers,
    });
    this.#closes = new Counter({
      name: 'sotto_sync_socket_closes_total',
      help: 'Sockets that closed, by kind and WebSocket close code.',
      labelNames: ['kind', 'code'],
      registers,
    });
    this.#requests = new Histogram({
      name: 'sotto_sync_request_duration_seconds',
      help: 'From the turn of a request of a device until it was done, by type of frame and outcome.',
      labelNames: ['request', 'outcome'],
      buckets: LATENCY_BUCKETS,
      registers,
    });
  }

  /** Asks the server for its numbers whenever somebody looks. */
  static follow(registry: Registry, server: Measured): void {
    const registers = [registry];
    new Gauge({
      name: 'sotto_sync_sockets',
      help: 'Open sockets.',
      registers,
      collect() {
        this.set(server.connections);
      },
    });
    new Gauge({
      name: 'sotto_sync_pending_bytes',
      help: 'What devices have asked for and is not done.',
      registers,
      collect() {
        this.set(server.pending);
      },
    });
    new Gauge({
      name: 'sotto_sync_outbound_queue_bytes',
      help: 'What devices have not read yet.',
      registers,
      collect() {
        this.set(server.backlog);
      },
    });
  }

  received(frames: number, bytes: number): void {
    this.#receivedFrames.inc(frames);
    this.#receivedBytes.inc(bytes);
  }

  sent(frames: number, bytes: number): void {
    this.#sentFrames.inc(frames);
    this.#sentBytes.inc(bytes);
  }

  refused(code: ErrorCode): void {
    this.#refusals.inc({ code });
  }

  readerBehind(): void {
    this.#readersBehind.inc();
  }

  slowReader(): void {
    this.#slowReaders.inc();
  }

  closed(kind: SocketKind, code: number, seconds: number): void {
    this.#logger.info({ kind, code, seconds }, 'socket closed');
    // A device may close with any code of its own; each is a series for ever.
    this.#closes.inc({ kind, code: code >= 3_000 && code < 4_000 ? 'other' : String(code) });
  }

  async request(asked: string, task: () => Promise<void>): Promise<void> {
    const done = this.#requests.startTimer({ request: asked });
    try {
      await task();
      done({ outcome: 'done' });
    } catch (error) {
      done({ outcome: outcomeOf(error) });
      throw error;
    }
  }
}

import type { Socket } from 'node:net';
import { ByteReader, ByteWriter, DecodeError } from '@sotto/protocol';
import type { Claim } from '../claims/claim-store.js';
import type { LevelStores } from '../open-level.js';
import type { Unsubscribe } from '../watch/unsubscribe.js';
import { writeClaim } from './fields.js';
import { FrameReader, frame } from './framing.js';
import { Heard } from './heard.js';
import { CLAIM, HELLO, OPERATIONS } from './operations.js';
import { handleRequest } from './requests.js';

export interface ConnectionBounds {
  /** Bytes of requests under way above which nothing more is read from a server. */
  readonly pendingBytes: number;
  /** Unsent bytes above which a server that does not read is cut off: it comes back and begins anew. */
  readonly unsentBytes: number;
}

/** One server's connection to the store host. */
export class ServedConnection {
  readonly #socket: Socket;
  readonly #stores: LevelStores;
  readonly #bounds: ConnectionBounds;
  readonly #failed: (error: unknown) => void;
  readonly #frames = new FrameReader();
  readonly #heard = new Heard();
  readonly #watches = new Map<string, Unsubscribe>();
  #greeted = false;
  #following = false;
  #pending = 0;
  #requests = 0;
  #idle: (() => void)[] = [];
  #corked = false;

  /** @param failed is told why the connection was cut, when it was this side that cut it */
  constructor(
    socket: Socket,
    stores: LevelStores,
    bounds: ConnectionBounds,
    failed: (error: unknown) => void,
  ) {
    this.#socket = socket;
    this.#stores = stores;
    this.#bounds = bounds;
    this.#failed = failed;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // Of a server that died; the close event follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#stop());
  }

  /** Passes on records that became durable, encoded once for every server. */
  tell(records: Uint8Array): void {
    if (this.#following) this.#send(records);
  }

  /** Resolves when what was asked is done. */
  idle(): Promise<void> {
    if (this.#requests === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Sends what is queued and closes. */
  end(): void {
    this.#socket.end();
  }

  /** Closes at once: the server comes back and begins anew. */
  drop(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const payload of this.#frames.take(chunk)) {
        if (this.#socket.destroyed) return;
        this.#take(payload);
      }
    } catch (error) {
      this.#cut(error);
    }
  }

  #take(payload: Uint8Array): void {
    const reader = new ByteReader(payload);
    if (!this.#greeted) {
      if (reader.varString() !== HELLO) throw new DecodeError('shape', 'another version');
      this.#greeted = true;
      return;
    }
    const operation = reader.byte();
    const number = reader.varUint();
    if (operation === OPERATIONS.tail) this.#following = true;
    else if (operation === OPERATIONS.watch) this.#watch(reader.varString());
    else if (operation === OPERATIONS.unwatch) this.#unwatch(reader.varString());
    else void this.#answer(operation, number, reader, payload.length);
  }

  async #answer(operation: number, number: number, reader: ByteReader, size: number): Promise<void> {
    this.#count(1, size);
    try {
      const asked = { stores: this.#stores, heard: this.#heard };
      this.#send(frame(await handleRequest(operation, number, reader, asked)));
    } catch (error) {
      this.#cut(error);
    } finally {
      this.#count(-1, -size);
    }
  }

  #watch(prefix: string): void {
    if (this.#watches.has(prefix)) return;
    this.#watches.set(
      prefix,
      this.#stores.claims.watch(prefix, (claim) => this.#tellClaim(claim, prefix)),
    );
  }

  #unwatch(prefix: string): void {
    this.#watches.get(prefix)?.();
    this.#watches.delete(prefix);
  }

  #tellClaim(claim: Claim, prefix: string): void {
    this.#heard.sent(claim.key);
    const writer = new ByteWriter(64 + claim.body.length).byte(CLAIM).varString(prefix);
    writeClaim(writer, claim);
    this.#send(frame(writer.finish()));
  }

  /** Frames of one turn leave together. */
  #send(bytes: Uint8Array): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (this.#socket.writableLength > this.#bounds.unsentBytes) {
      this.#cut(new Error('a server does not read what it is told'));
      return;
    }
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }

  #count(requests: number, bytes: number): void {
    this.#requests += requests;
    this.#pending += bytes;
    const full = this.#pending > this.#bounds.pendingBytes;
    if (full && !this.#socket.isPaused()) this.#socket.pause();
    if (!full && this.#socket.isPaused()) this.#socket.resume();
    if (this.#requests === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #cut(error: unknown): void {
    if (this.#socket.destroyed) return;
    this.#socket.destroy();
    this.#failed(error);
  }

  #stop(): void {
    this.#following = false;
    for (const stop of this.#watches.values()) stop();
    this.#watches.clear();
  }
}

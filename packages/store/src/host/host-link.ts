import type { Socket } from 'node:net';
import { createConnection } from 'node:net';
import { ByteReader, ByteWriter, DecodeError, ProtocolError } from '@sotto/protocol';
import { FrameReader, frame } from './framing.js';
import type { Operation } from './operations.js';
import { ANSWER, HELLO, OPERATIONS } from './operations.js';

export interface LinkOptions {
  /** An answer that takes longer is no longer waited for, milliseconds. */
  readonly timeoutMs?: number;
  /** First and longest wait before another attempt to connect, milliseconds. */
  readonly retryMs?: { readonly first: number; readonly most: number };
}

export interface LinkEvents {
  /** A frame that is no answer. */
  told(kind: number, reader: ByteReader): void;
  /** Connected, before anything is asked; `again` when there was a connection before it. */
  connected(again: boolean): void;
}

export interface Answer {
  readonly status: number;
  readonly reader: ByteReader;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: ProtocolError) => void;
  readonly since: number;
}

const TIMEOUT_MS = 10_000;
const RETRY_MS = { first: 50, most: 1_000 };

/**
 * A server's connection to the store host, made again whenever it is lost. What is asked while there is none is refused;
 * what was asked and not answered when one is lost is refused too, and a late answer is nobody's.
 */
export class HostLink {
  readonly #path: string;
  readonly #events: LinkEvents;
  readonly #timeoutMs: number;
  readonly #retryMs: { readonly first: number; readonly most: number };
  readonly #waiting = new Map<number, Waiting>();
  readonly #watchdog: NodeJS.Timeout;
  #socket: Socket | undefined;
  #isConnected = false;
  #wasConnected = false;
  #number = 0;
  #attempt = 0;
  #retry: NodeJS.Timeout | undefined;
  #corked = false;
  #closed = false;
  #idle: (() => void)[] = [];
  #refusing = false;

  constructor(path: string, events: LinkEvents, options: LinkOptions = {}) {
    this.#path = path;
    this.#events = events;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#retryMs = options.retryMs ?? RETRY_MS;
    this.#watchdog = setInterval(() => this.#cutIfSilent(), Math.max(10, this.#timeoutMs / 4));
    this.#connect();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /**
   * Asks the host.
   * @throws ProtocolError `sync/store-unavailable` when it can't be asked, or did not answer: nothing may be assumed then
   */
  ask(operation: Operation, write: (writer: ByteWriter) => void): Promise<Answer> {
    if (!this.#isConnected || this.#refusing) return Promise.reject(unavailable('no store host'));
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject, since: performance.now() });
      this.#send(operation, number, write);
    });
  }

  /** Says something that has no answer; lost when there is no connection. */
  say(operation: Operation, write: (writer: ByteWriter) => void = () => undefined): void {
    if (this.#isConnected) this.#send(operation, 0, write);
  }

  /** Asks nothing more, and closes once what was asked is answered or lost. */
  async close(): Promise<void> {
    this.#refusing = true;
    if (this.#waiting.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#closed = true;
    clearInterval(this.#watchdog);
    clearTimeout(this.#retry);
    this.#socket?.destroy();
  }

  #connect(): void {
    const frames = new FrameReader();
    const socket = createConnection(this.#path);
    this.#socket = socket;
    this.#corked = false;
    socket.on('connect', () => this.#connected(socket));
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const payload of frames.take(chunk)) this.#receive(new ByteReader(payload));
      } catch (error) {
        socket.destroy();
        if (!(error instanceof DecodeError)) throw error;
      }
    });
    // The close event follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#lost());
  }

  #connected(socket: Socket): void {
    this.#isConnected = true;
    this.#attempt = 0;
    socket.write(frame(new ByteWriter().varString(HELLO).finish()));
    const again = this.#wasConnected;
    this.#wasConnected = true;
    this.#events.connected(again);
  }

  #lost(): void {
    this.#isConnected = false;
    for (const { reject } of this.#waiting.values()) reject(unavailable('the store host was lost'));
    this.#waiting.clear();
    this.#settleIdle();
    if (this.#closed) return;
    const { first, most } = this.#retryMs;
    const wait = Math.min(most, first * 2 ** Math.min(this.#attempt, 10));
    this.#attempt += 1;
    this.#retry = setTimeout(() => this.#connect(), wait * (0.5 + Math.random() / 2));
  }

  #receive(reader: ByteReader): void {
    const kind = reader.byte();
    if (kind !== ANSWER) {
      this.#events.told(kind, reader);
      return;
    }
    const number = reader.varUint();
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    waiting?.resolve({ status: reader.byte(), reader });
    this.#settleIdle();
  }

  #send(operation: Operation, number: number, write: (writer: ByteWriter) => void): void {
    const writer = new ByteWriter(256).byte(OPERATIONS[operation]).varUint(number);
    write(writer);
    const socket = this.#socket!;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    socket.write(frame(writer.finish()));
  }

  /** A host that is stopped, or so slow that nobody waits any more: what comes from it later must not be believed. */
  #cutIfSilent(): void {
    // Numbers are asked in order, so the first is the oldest.
    const [oldest] = this.#waiting.values();
    if (oldest && performance.now() - oldest.since > this.#timeoutMs) this.#socket?.destroy();
  }

  #settleIdle(): void {
    if (this.#waiting.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}

export function unavailable(detail: string): ProtocolError {
  return new ProtocolError('sync/store-unavailable', { detail });
}

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { DeviceFrame, ServerFrame } from '@sotto/protocol';
import {
  decodeDeviceFrame,
  encodeServerFrame,
  packFrames,
  unpackFrames,
  WIRE_VERSION,
} from '@sotto/protocol';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';

const WAIT_MS = 5_000;

type FrameOf<T extends DeviceFrame['type']> = Extract<DeviceFrame, { type: T }>;

/** Values in the order they came, for whoever waits. */
class Arrivals<T> {
  readonly #values: T[] = [];
  readonly #waiting = new Set<() => void>();

  push(value: T): void {
    this.#values.push(value);
    for (const look of this.#waiting) look();
  }

  /** Everything that nobody took. */
  get left(): readonly T[] {
    return this.#values;
  }

  /** The first value that is as wanted, taken out. */
  take<U extends T>(what: string, is: (value: T) => value is U): Promise<U> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const at = this.#values.findIndex(is);
        if (at < 0) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(this.#values.splice(at, 1)[0] as U);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`no ${what} came`));
      }, WAIT_MS);
      this.#waiting.add(look);
      look();
    });
  }
}

/** The server's end of one socket: what the device sent, and what a test has the server say. */
export class PeerSocket {
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  /** WebSocket messages, each as the frames in it. */
  readonly messages: DeviceFrame[][] = [];
  readonly #socket: WebSocket;
  readonly #frames = new Arrivals<DeviceFrame>();

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = once(socket, 'close').then(([code]) => code as number);
    socket.on('message', (data: Buffer) => {
      const frames = unpackFrames(new Uint8Array(data)).map(decodeDeviceFrame);
      this.messages.push(frames);
      for (const frame of frames) this.#frames.push(frame);
    });
  }

  /** Frames that nobody took. */
  get left(): readonly DeviceFrame[] {
    return this.#frames.left;
  }

  take<T extends DeviceFrame['type']>(type: T): Promise<FrameOf<T>> {
    return this.#frames.take(type, (frame): frame is FrameOf<T> => frame.type === type);
  }

  /** Sends frames as one WebSocket message. */
  send(...frames: readonly ServerFrame[]): void {
    this.sendBytes(packFrames(frames.map(encodeServerFrame)));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** Takes the hello and welcomes. */
  async welcome(): Promise<FrameOf<'hello'>> {
    const hello = await this.take('hello');
    this.send({ type: 'welcome', version: WIRE_VERSION, time: 1, conversations: [] });
    return hello;
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  /** Gone without a word. */
  cut(): void {
    this.#socket.terminate();
  }
}

/** A WebSocket server that says what a test tells it to: for how a device takes a server's answers, whatever they are. */
export class SyncPeer {
  readonly url: string;
  readonly #server: WebSocketServer;
  readonly #sockets = new Arrivals<PeerSocket>();

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/sync`;
    server.on('connection', (socket) => this.#sockets.push(new PeerSocket(socket)));
  }

  static async listen(): Promise<SyncPeer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    return new SyncPeer(server);
  }

  /** Sockets that were opened and not taken. */
  get waiting(): number {
    return this.#sockets.left.length;
  }

  /** The next socket that a device opens. */
  accept(): Promise<PeerSocket> {
    return this.#sockets.take('socket', (socket): socket is PeerSocket => socket !== undefined);
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

import type { DeviceFrame, DocumentName, LogRecord, ServerFrame } from '@sotto/protocol';
import {
  ANSWER,
  decodeServerFrame,
  encodeDeviceFrame,
  encodeStateVector,
  encodeStruct,
  feedRoot,
  joinUpdate,
  packFrames,
  parseUpdate,
  unpackFrames,
  WIRE_VERSION,
} from '@sotto/protocol';
import { WebSocket } from 'ws';
import type { Person } from './server.js';

type FrameOf<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>;

/** Of devices that live once. */
export const FIRST_LEASE = { number: 1, nonce: new Uint8Array(16) };

/** Longest wait for something that must come. */
const PATIENCE_MS = 5_000;

/** The wire and nothing else: sends frames, keeps what comes in the order it came. */
export class TestDevice {
  /** Everything received. */
  readonly frames: ServerFrame[] = [];
  /** WebSocket messages received. */
  messages = 0;
  who!: Person;
  client = 0;
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  readonly #clocks = new Map<DocumentName, number>();
  #unread = 0;
  #wake: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      this.messages += 1;
      for (const frame of unpackFrames(new Uint8Array(data))) this.frames.push(decodeServerFrame(frame));
      this.#changed();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.#changed();
    });
    // A cut socket may report it; closeCode tells tests what they need.
    socket.on('error', () => this.#changed());
  }

  static async open(url: string, protocols: string[] = []): Promise<TestDevice> {
    const socket = new WebSocket(url, protocols, { perMessageDeflate: false });
    const device = new TestDevice(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return device;
  }

  hello(token: string, more: Partial<Extract<DeviceFrame, { type: 'hello' }>> = {}): void {
    this.send({
      type: 'hello',
      version: WIRE_VERSION,
      token,
      grants: [],
      lease: FIRST_LEASE,
      cursor: new Uint8Array(),
      ...more,
    });
  }

  /** Sends frames in one WebSocket message. */
  send(...frames: DeviceFrame[]): void {
    this.raw(packFrames(frames.map(encodeDeviceFrame)));
  }

  raw(message: Uint8Array | string): void {
    this.#socket.send(message);
  }

  /** The device's next envelopes for a document, as an update, and the clock after them. */
  envelopes(document: DocumentName, count: number, bytes = 1): { update: Uint8Array; next: number } {
    const first = this.#clocks.get(document) ?? 0;
    const update = this.updateAt(document, first, count, bytes);
    this.#clocks.set(document, first + count);
    return { update, next: first + count };
  }

  /** An update of this device's at given clocks; `fill` tells bodies apart. */
  updateAt(document: DocumentName, first: number, count: number, bytes = 1, fill?: number): Uint8Array {
    const { client } = this;
    const records: LogRecord[] = Array.from({ length: count }, (_, index) => {
      const clock = first + index;
      const envelope = new Uint8Array(bytes).fill(fill ?? clock & 255);
      return {
        document,
        client,
        clock,
        body: encodeStruct(feedRoot(this.who.device, client), client, clock, envelope),
      };
    });
    return joinUpdate(records);
  }

  append(batch: number, document: DocumentName, update: Uint8Array, counter = 1): void {
    this.send({ type: 'append', batch, counter, document, update });
  }

  ask(document: DocumentName, have: ReadonlyMap<number, number> = new Map()): void {
    this.send({
      type: 'sync',
      document,
      message: { step: 'state-vector', payload: encodeStateVector(have) },
    });
  }

  /** The next frame of this type that was not waited for yet; those before it are passed over. */
  async next<T extends ServerFrame['type']>(type: T): Promise<FrameOf<T>> {
    const frame = await this.until(() => {
      for (; this.#unread < this.frames.length; this.#unread += 1)
        if (this.frames[this.#unread]!.type === type) return this.frames[this.#unread];
      return undefined;
    }, `frame ${type}`);
    this.#unread += 1;
    return frame as FrameOf<T>;
  }

  /** Waits until `found` returns something. @throws when it does not, or the socket closes first */
  async until<T>(found: () => T | undefined, what: string): Promise<T> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      const seen = this.frames.map((frame) => (frame.type === 'error' ? frame.code : frame.type)).join(' ');
      if (this.closeCode !== undefined)
        throw new Error(`closed ${this.closeCode} before ${what}; got ${seen}`);
      if (Date.now() > end) throw new Error(`no ${what}; got ${seen}`);
      await this.#change(end - Date.now());
    }
  }

  /** The close code, once the socket is closed. */
  async closed(): Promise<number> {
    const end = Date.now() + PATIENCE_MS;
    while (this.closeCode === undefined) {
      if (Date.now() > end) throw new Error('not closed');
      await this.#change(end - Date.now());
    }
    return this.closeCode;
  }

  /** Everything of this type so far. */
  all<T extends ServerFrame['type']>(type: T): FrameOf<T>[] {
    return this.frames.filter((frame) => frame.type === type) as FrameOf<T>[];
  }

  /** A round trip: what the server sent before it is here when this resolves. */
  async settle(): Promise<void> {
    const pongs = this.all('pong').length;
    this.send({ type: 'ping' });
    await this.until(() => (this.all('pong').length > pongs ? true : undefined), 'pong');
  }

  /** Envelopes received of a document, each as `client:clock`. */
  received(document: DocumentName): string[] {
    return this.all('sync')
      .filter((frame) => frame.document === document && frame.message.step !== 'state-vector')
      .flatMap(({ message }) => parseUpdate(message.payload, document, ANSWER))
      .flatMap((run) => run.records.map(({ client, clock }) => `${client}:${clock}`));
  }

  /** Stops reading from the network. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  cut(): void {
    this.#socket.terminate();
  }

  #changed(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, withinMs));
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

import {
  ByteReader,
  ByteWriter,
  type DeviceId,
  type DocumentName,
  decodeYjsMessage,
  encodeYjsMessage,
  feedRoot,
  randomId,
  type YjsMessage,
} from '@sotto/protocol';
import type { WebSocket } from 'ws';
import { eachNumber, numberedUpdate } from './envelopes.js';
import { openSocket } from './open-socket.js';
import type { Hearing, Member, Wire } from './wire.js';

const SYNC = 0;
const AUTH = 2;
const SYNC_REPLY = 4;
const EMPTY_STATE = Uint8Array.of(0);

/** The differences between servers that speak y-protocols, a document a socket. */
export interface Dialect {
  /** Every message begins with the document's name, and a token comes first (hocuspocus). */
  readonly named: boolean;
  /** Nobody answers a state vector: there is no document (a relay). */
  readonly mute: boolean;
}

/** Clients of `y-websocket`'s protocol, of hocuspocus' and of the relay. */
export class YjsWire implements Wire {
  readonly acknowledges = false;
  readonly #dialect: Dialect;
  /** Rooms of one run are not those of another. */
  readonly #run = randomId<DeviceId>().slice(0, 8);

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async prepare(): Promise<void> {}

  async join(port: number, room: number, _member: number, hearing: Hearing): Promise<Member> {
    const name = `${this.#run}-${room}`;
    const member = new YjsMember(name, this.#dialect, hearing);
    member.socket = await openSocket(`ws://127.0.0.1:${port}/${name}`, (message) => member.hear(message));
    await member.enter();
    return member;
  }
}

class YjsMember implements Member {
  socket!: WebSocket;
  readonly #document: DocumentName;
  readonly #dialect: Dialect;
  readonly #hearing: Hearing;
  readonly #client = Math.floor(Math.random() * 2 ** 32);
  readonly #root = feedRoot(randomId<DeviceId>(), this.#client);
  /** Bytes before the type of every message. */
  readonly #prefix: Uint8Array;
  #clock = 0;
  #answered: () => void = () => {};

  constructor(name: string, dialect: Dialect, hearing: Hearing) {
    this.#document = name as DocumentName;
    this.#dialect = dialect;
    this.#hearing = hearing;
    this.#prefix = dialect.named ? new ByteWriter().varString(name).finish() : new Uint8Array();
  }

  /** Waits for the answer to its state vector, as a provider does before it says that it is synced. */
  async enter(): Promise<void> {
    if (this.#dialect.mute) return;
    const answered = new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    if (this.#dialect.named)
      this.#say(new ByteWriter().varUint(AUTH).varUint(0).varString('anybody').finish());
    this.#sync({ step: 'state-vector', payload: EMPTY_STATE });
    await answered;
  }

  send(number: number): void {
    const place = { root: this.#root, client: this.#client, clock: this.#clock };
    this.#clock += 1;
    this.#sync({ step: 'update', payload: numberedUpdate(this.#document, place, number) });
  }

  /** What storage has comes by itself, all of it, as soon as it has loaded. */
  async read(): Promise<void> {}

  close(): void {
    this.socket.terminate();
  }

  hear(message: Uint8Array): void {
    const reader = new ByteReader(message);
    if (this.#dialect.named) reader.varBytes();
    const type = reader.varUint();
    if (type !== SYNC && type !== SYNC_REPLY) return;
    const { step, payload } = decodeYjsMessage(message.subarray(reader.position));
    if (step === 'state-vector') return;
    eachNumber(payload, this.#document, (number, client) => {
      if (client !== this.#client) this.#hearing.seen?.(number);
    });
    if (step === 'answer') this.#answered();
  }

  #sync(message: YjsMessage): void {
    this.#say(new ByteWriter(400).varUint(SYNC).raw(encodeYjsMessage(message)).finish());
  }

  #say(message: Uint8Array): void {
    this.socket.send(this.#prefix.length > 0 ? Buffer.concat([this.#prefix, message]) : message);
  }
}

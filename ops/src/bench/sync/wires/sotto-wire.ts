import {
  type DeviceFrame,
  type DocumentName,
  decodeServerFrame,
  documentName,
  encodeDeviceFrame,
  encodeStateVector,
  feedRoot,
  LIMITS,
  type LogName,
  packFrames,
  type ServerFrame,
  unpackFrames,
  WIRE_VERSION,
} from '@sotto/protocol';
import type { WebSocket } from 'ws';
import type { Place } from '../servers/place.js';
import { eachNumber, numberedUpdate } from './envelopes.js';
import { openSocket } from './open-socket.js';
import { type Conversation, LEASE, makeConversations, type Person } from './sotto-people.js';
import type { Hearing, Member, Wire } from './wire.js';

/** The counter of a conversation that was made and never changed. */
const COUNTER = 1;

/** Where a conversation is being written: its members learn it from what the server sends them. */
class Room {
  readonly log: LogName;
  readonly people: readonly Person[];
  segment = 0;
  /** Acknowledged in this segment. */
  held = 0;

  constructor({ log, people }: Conversation) {
    this.log = log;
    this.people = people;
  }

  get document(): DocumentName {
    return documentName(this.log, this.segment);
  }

  /** An envelope is durable: a full segment is left (SPEC S7). */
  count(document: DocumentName): void {
    if (document !== this.document) return;
    this.held += 1;
    if (this.held >= LIMITS.segmentSoft) this.enter(this.segment + 1, 0);
  }

  enter(segment: number, held: number): void {
    if (segment < this.segment) return;
    this.segment = segment;
    this.held = held;
  }
}

/** Devices on the multiplexed socket: each is one member of one conversation, as a stock provider is of one document. */
export class SottoWire implements Wire {
  readonly acknowledges = true;
  rooms: Room[] = [];

  async prepare(place: Place, rooms: number, members: number): Promise<void> {
    this.rooms = (await makeConversations(place, rooms, members)).map((made) => new Room(made));
  }

  async join(port: number, room: number, member: number, hearing: Hearing): Promise<SottoMember> {
    const place = this.rooms[room]!;
    const device = new SottoMember(place, place.people[member]!, hearing);
    device.socket = await openSocket(`ws://127.0.0.1:${port}/sync`, (message) => device.hear(message));
    await device.enter();
    return device;
  }

  /** What a device keeps to be told later what happened since (SPEC C5). */
  async cursorOf(port: number, room: number, member: number): Promise<Uint8Array> {
    const device = await this.join(port, room, member, {});
    const cursor = await device.askCursor();
    device.close();
    return cursor;
  }

  /** A device comes back with a cursor; it is welcomed and told what it missed, or told when to come again (SPEC C3, C8). */
  async comeBack(port: number, room: number, member: number, cursor: Uint8Array): Promise<CameBack> {
    const { token } = this.rooms[room]!.people[member]!;
    let settle: (came: CameBack) => void;
    const came = new Promise<CameBack>((resolve) => {
      settle = resolve;
    });
    let returnMs: number | undefined;
    const hear = (message: Uint8Array) => {
      for (const bytes of unpackFrames(message)) {
        const frame = decodeServerFrame(bytes);
        if (frame.type === 'resumed') settle({ socket: socket! });
        if (frame.type === 'notice' && frame.notice.kind === 'drain') returnMs = frame.notice.returnMs;
        if (frame.type === 'error') throw new Error(`refused: ${frame.code}`);
      }
    };
    let socket: WebSocket | undefined;
    try {
      socket = await openSocket(`ws://127.0.0.1:${port}/sync`, hear);
    } catch {
      return { returnMs };
    }
    socket.once('close', () => settle({ returnMs }));
    socket.send(packFrames([encodeDeviceFrame({ ...hello(token), cursor })]));
    return came;
  }
}

/** How a device that came back fared; `returnMs` is undefined where nothing was said: a connection that was never made, or cut. */
export type CameBack = { readonly socket: WebSocket } | { readonly returnMs: number | undefined };

function hello(token: string): Extract<DeviceFrame, { type: 'hello' }> {
  return { type: 'hello', version: WIRE_VERSION, token, grants: [], lease: LEASE, cursor: new Uint8Array() };
}

export class SottoMember implements Member {
  socket!: WebSocket;
  readonly #room: Room;
  readonly #person: Person;
  readonly #hearing: Hearing;
  readonly #clocks = new Map<DocumentName, number>();
  #client = 0;
  #headed: ((segment: number) => void) | undefined;
  #cursor: ((cursor: Uint8Array) => void) | undefined;

  constructor(room: Room, person: Person, hearing: Hearing) {
    this.#room = room;
    this.#person = person;
    this.#hearing = hearing;
  }

  /** Says hello, asks for the client id that it writes under and opens the conversation; resolves with its head. */
  async enter(): Promise<void> {
    const { token } = this.#person;
    const headed = this.#head();
    this.#say(hello(token), { type: 'grant' }, { type: 'subscribe', logs: [this.#room.log] });
    await headed;
  }

  send(number: number): void {
    const { document } = this.#room;
    const clock = this.#clocks.get(document) ?? 0;
    this.#clocks.set(document, clock + 1);
    const place = { root: feedRoot(this.#person.device, this.#client), client: this.#client, clock };
    const update = numberedUpdate(document, place, number);
    this.#say({ type: 'append', batch: number + 1, counter: COUNTER, document, update });
  }

  /** Opens the conversation anew, then asks for its newest segment, or for every one of them at once. */
  async read(what: 'newest' | 'all'): Promise<void> {
    const headed = this.#head();
    this.#say({ type: 'subscribe', logs: [this.#room.log] });
    const newest = await headed;
    const payload = encodeStateVector(new Map());
    const count = what === 'all' ? newest + 1 : 1;
    const frames = Array.from({ length: count }, (_, index): DeviceFrame => {
      const document = documentName(this.#room.log, newest - index);
      return { type: 'sync', document, message: { step: 'state-vector', payload } };
    });
    this.#say(...frames);
  }

  askCursor(): Promise<Uint8Array> {
    const cursor = new Promise<Uint8Array>((resolve) => {
      this.#cursor = resolve;
    });
    this.#say({ type: 'cursor' });
    return cursor;
  }

  close(): void {
    this.socket.terminate();
  }

  hear(message: Uint8Array): void {
    for (const bytes of unpackFrames(message)) this.#take(decodeServerFrame(bytes));
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'sync':
        eachNumber(frame.message.payload, frame.document, (number) => this.#hearing.seen?.(number));
        break;
      case 'ack':
        this.#room.count(frame.document);
        this.#hearing.acknowledged?.(frame.batch - 1);
        break;
      case 'head':
        this.#room.enter(frame.segment, frame.count);
        this.#headed?.(frame.segment);
        break;
      case 'cursor':
        this.#cursor?.(frame.cursor.slice());
        break;
      case 'granted':
        this.#client = frame.grant.client;
        break;
      case 'error':
        // Nothing of these workloads may be refused: it would not be counted.
        throw new Error(`refused: ${frame.code} ${frame.subject}`);
      default:
    }
  }

  #head(): Promise<number> {
    return new Promise((resolve) => {
      this.#headed = resolve;
    });
  }

  #say(...frames: DeviceFrame[]): void {
    this.socket.send(packFrames(frames.map(encodeDeviceFrame)));
  }
}

import type { DocumentName, LogName, Notice, Run, YjsMessage } from '@sotto/protocol';
import {
  ANSWER,
  DecodeError,
  decodeStateVector,
  EMPTY_UPDATE,
  encodeStateVector,
  LIMITS,
  ProtocolError,
  parseDocumentName,
} from '@sotto/protocol';
import { sessionEndedKey } from '@sotto/store';
import type { RawData } from 'ws';
import type { Identity } from '../access/identity.js';
import type { DocumentToken } from '../access/tokens.js';
import { readAnswer } from '../log/answering.js';
import { checkOwner, readRuns } from '../log/appending.js';
import type { Parts } from '../parts.js';
import type { Reader } from '../peers/catching-up.js';
import { CatchingUp } from '../peers/catching-up.js';
import type { Delivery } from '../peers/delivery.js';
import type { Peer } from '../peers/peers.js';
import { asProtocolError, CLOSE, closeCode, closeSocket } from '../transport/closing.js';
import type { Socket } from '../transport/outbound.js';
import { Outbound } from '../transport/outbound.js';
import { Outgoing } from '../transport/outgoing.js';
import { plainBytes } from '../transport/plain-bytes.js';
import { Work } from '../transport/work.js';
import { decodeAwareness } from './awareness-update.js';
import { decodeStockMessage, encodeStockDenied, encodeStockSync } from './messages.js';
import type { Guest, Rooms } from './rooms.js';

/** A stock `y-websocket` provider in one document (SPEC W13, S14). */
export class StockConnection implements Peer, Guest, Reader {
  readonly work: Work;
  readonly clients: ReadonlySet<number>;
  readonly kind = 'stock';
  readonly lease = undefined;
  readonly #socket: Socket['ws'];
  readonly #outbound: Outbound;
  readonly #token: DocumentToken;
  readonly #parts: Parts;
  readonly #rooms: Rooms;
  readonly #catchingUp: CatchingUp;
  #closed = false;
  #draining = false;
  #counter = 0;
  #heardAt: number;
  #sentAt: number;

  constructor(open: Socket, token: DocumentToken, parts: Parts, rooms: Rooms) {
    const socket = open.ws;
    this.#socket = socket;
    this.#outbound = new Outbound(open, parts.limits, 'single', parts.meters, () => {
      parts.meters.slowReader();
      this.#end(CLOSE.tryLater);
    });
    this.#token = token;
    this.#parts = parts;
    this.#rooms = rooms;
    this.clients = new Set([token.client]);
    this.#catchingUp = new CatchingUp(parts.log, this, parts.limits);
    this.#heardAt = this.#sentAt = parts.elapsed();
    this.work = new Work(parts.limits, {
      pause: () => socket.pause(),
      resume: () => socket.isPaused && socket.resume(),
    });
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('pong', () => this.#heard());
    socket.on('error', (error) => parts.logger.info({ code: error.name }, 'sync: stock socket failed'));
    socket.on('close', () => this.#leave());
    // First in the one lane, so that nothing is answered before storage has loaded.
    this.#run(0, () => this.#join());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes that the provider has not taken yet. */
  get backlog(): number {
    return this.#outbound.backlog;
  }

  get identity(): Identity {
    return this.#token.identity;
  }

  get document(): DocumentName {
    return this.#token.document;
  }

  get client(): number {
    return this.#token.client;
  }

  write(message: Outgoing): void {
    if (this.#closed) return;
    this.#sentAt = this.#parts.elapsed();
    this.#outbound.write(message);
  }

  deliver(delivery: Delivery): void {
    if (!this.#catchingUp.leaves(delivery)) this.write(delivery.as(updateMessage));
  }

  get hasRoom(): boolean {
    return this.#outbound.hasRoom;
  }

  room(): Promise<void> {
    return this.#outbound.room();
  }

  wants(): boolean {
    return !this.#closed;
  }

  update(_document: DocumentName, payload: Uint8Array): void {
    this.#sync({ step: 'update', payload });
  }

  behind(): void {
    this.#parts.meters.readerBehind();
  }

  giveUp(error?: unknown): void {
    this.#parts.meters.slowReader();
    if (error !== undefined) this.#parts.logger.warn({ err: error }, 'sync: a slow reader was not caught up');
    this.giveWay();
  }

  /** Stock providers know no notices. */
  notice(_notice: Notice): void {}

  /** Nor sealed awareness: theirs passes through their room. */
  awareness(): void {}

  revoked(logs: readonly LogName[]): void {
    if (logs.length > 0) this.fail(new ProtocolError('sync/not-a-member'));
  }

  erased(logs: readonly LogName[]): void {
    const { log } = parseDocumentName(this.#token.document);
    if (logs.includes(log)) this.fail(new ProtocolError('sync/erased'));
  }

  fail(error: ProtocolError): void {
    if (this.#closed) return;
    this.#parts.meters.refused(error.code);
    this.#outbound.send(encodeStockDenied(error.code));
    this.#outbound.flush();
    this.#end(error.retry === 'anew' ? CLOSE.tryLater : closeCode(error));
  }

  idle(): Promise<void> {
    return this.work.idle();
  }

  giveWay(): void {
    this.#end(CLOSE.tryLater);
  }

  sweep(): void {
    const { silenceMs, stockKeepAliveMs } = this.#parts.limits;
    const now = this.#parts.elapsed();
    if (this.#closed) return;
    if (now - this.#heardAt > silenceMs) this.#end(CLOSE.silent);
    else if (this.#parts.now() >= this.#token.expiresAt) this.fail(new ProtocolError('auth/token-invalid'));
    else if (now - this.#sentAt >= stockKeepAliveMs) {
      this.#sync({ step: 'update', payload: EMPTY_UPDATE });
      this.#socket.ping();
    }
  }

  async drain(): Promise<void> {
    this.#draining = true;
    await this.work.idle();
    this.#outbound.flush();
    this.#end(CLOSE.draining);
  }

  async terminate(): Promise<void> {
    this.#leave();
    this.#socket.terminate();
    await this.work.idle();
  }

  async #join(): Promise<void> {
    const { bans, claims, log, peers, rights, subscriptions } = this.#parts;
    const { log: name, document } = parseDocumentName(this.document);
    peers.add(this);
    const place = subscriptions.begin(this, name);
    if (await claims.get(sessionEndedKey(this.identity.session)))
      throw new ProtocolError('auth/session-invalid');
    await bans.assertAllowed(this.identity.account);
    this.#counter = await rights.read(this.identity, document.log);
    if (!subscriptions.stands(this, place)) return;
    peers.makeRoomFor(this, this.#parts.limits);
    place.open = true;
    const payload = encodeStateVector(await log.stateVector(this.document));
    this.#sync({ step: 'state-vector', payload });
    if (!this.#closed) this.#rooms.enter(this.document, this);
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#heard();
    if (this.#closed || this.#draining) return;
    try {
      if (!isBinary) throw new DecodeError('shape', 'text message');
      const bytes = plainBytes(data);
      this.#parts.meters.received(1, bytes.length);
      const message = decodeStockMessage(bytes);
      if (message.type === 'sync') this.#admit(bytes.length, () => this.#handle(message.message));
      else if (message.type === 'awareness') this.#run(bytes.length, async () => this.#hear(message.payload));
      else this.#run(0, async () => this.#rooms.of(this.document)?.tell(this));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.fail(new ProtocolError('sync/malformed', { detail: error.message }));
    }
  }

  async #handle({ step, payload }: YjsMessage): Promise<void> {
    if (step === 'state-vector') return this.#answer(payload);
    for (const run of readRuns(payload, this.document, ANSWER)) {
      // Others' structs come with any honest answer; they are not this one's to write (S14).
      if (!this.clients.has(run.client)) continue;
      checkOwner(this, run);
      for (const part of slices(run)) if (!(await this.#append(part))) return;
    }
  }

  async #answer(payload: Uint8Array): Promise<void> {
    const have = decodeStateVector(payload);
    await this.#parts.rights.read(this.identity, parseDocumentName(this.document).document.log);
    const { log, limits } = this.#parts;
    for await (const part of readAnswer(log, this.document, have, limits.answerBytes)) {
      await this.#outbound.room();
      this.#sync(part);
    }
  }

  /** @returns whether to go on; at a gap the provider is asked for what is missing instead */
  async #append(run: Run): Promise<boolean> {
    const { refusal } = await this.#parts.appending.append(this, run, this.#counter);
    if (refusal?.code === 'sync/gap') {
      const payload = encodeStateVector(await this.#parts.log.stateVector(this.document));
      this.#sync({ step: 'state-vector', payload });
      return false;
    }
    if (refusal) throw refusal;
    return true;
  }

  #hear(payload: Uint8Array): void {
    if (payload.length > this.#parts.limits.stockAwarenessBytes) return;
    if (!this.#parts.pace.awareness(this.identity.device)) return;
    this.#rooms.of(this.document)?.hear(this, decodeAwareness(payload));
  }

  #sync(message: YjsMessage): void {
    this.write(new Outgoing(encodeStockSync(message)));
  }

  /** A provider knows no times to wait: it comes back a little later, and sends what it still has. */
  #admit(bytes: number, task: () => Promise<void>): void {
    const { budget } = this.#parts;
    const { account } = this.identity;
    const refusal = budget.hold(account, bytes);
    if (refusal) this.fail(refusal);
    else this.#run(bytes, task, () => budget.release(account, bytes));
  }

  #run(bytes: number, task: () => Promise<void>, done?: () => void): void {
    this.work.run('', bytes, async () => {
      try {
        if (this.#closed) return;
        await task();
      } catch (error) {
        const malformed = error instanceof DecodeError;
        this.fail(
          malformed ? new ProtocolError('sync/malformed') : asProtocolError(error, this.#parts.logger),
        );
      } finally {
        done?.();
      }
    });
  }

  #heard(): void {
    this.#heardAt = this.#parts.elapsed();
  }

  #end(code: number): void {
    if (this.#closed) return;
    this.#leave();
    closeSocket(this.#socket, code, this.#parts.limits.closingMs);
  }

  #leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#catchingUp.stop();
    this.#outbound.stop();
    this.#rooms.leave(this.document, this);
    this.#parts.subscriptions.leave(this);
    this.#parts.peers.remove(this);
  }
}

function updateMessage({ update }: Delivery): Uint8Array {
  return encodeStockSync({ step: 'update', payload: update });
}

/** A long run, cut into what a device may write at once. */
function* slices({ client, clock, records, structs }: Run): Iterable<Run> {
  for (let from = 0; from < records.length; from += LIMITS.updateEnvelopes) {
    const to = from + LIMITS.updateEnvelopes;
    yield { client, clock: clock + from, records: records.slice(from, to), structs: structs.slice(from, to) };
  }
}

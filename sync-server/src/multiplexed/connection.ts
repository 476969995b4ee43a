import type { ConversationHead, DeviceFrame, ServerFrame } from '@sotto/protocol';
import {
  DecodeError,
  decodeDeviceFrame,
  encodeServerFrame,
  ProtocolError,
  unpackFrames,
  WIRE_VERSION,
} from '@sotto/protocol';
import { sessionEndedKey } from '@sotto/store';
import type { RawData } from 'ws';
import { ComeBack } from '../admission/admission.js';
import type { Parts } from '../parts.js';
import { present } from '../requests/grant.js';
import { resume } from '../requests/resume.js';
import { asProtocolError, CLOSE, closeCode, closeSocket } from '../transport/closing.js';
import type { Socket } from '../transport/outbound.js';
import { Outbound } from '../transport/outbound.js';
import { Outgoing } from '../transport/outgoing.js';
import { plainBytes } from '../transport/plain-bytes.js';
import { Work } from '../transport/work.js';
import type { Link } from './device-session.js';
import { DeviceSession } from './device-session.js';

type Hello = Extract<DeviceFrame, { type: 'hello' }>;

/** A device that may come in. */
interface Checked {
  readonly session: DeviceSession;
  readonly conversations: readonly ConversationHead[];
}

/** `hello`: none came yet; `greeting`: it is being checked; `draining`: nothing more is taken. */
type State = 'hello' | 'greeting' | 'open' | 'draining' | 'closed';

/** One multiplexed socket from its first byte to its last (SPEC W). */
export class Connection implements Link {
  readonly kind = 'device';
  readonly work: Work;
  readonly #socket: Socket['ws'];
  readonly #parts: Parts;
  readonly #outbound: Outbound;
  readonly #openedAt: number;
  #heardAt: number;
  #state: State = 'hello';
  #session: DeviceSession | undefined;
  /** Frames that came behind the hello, and frames that may not go before the welcome. */
  #behind: DeviceFrame[] = [];
  #early: Outgoing[] = [];

  constructor(open: Socket, parts: Parts) {
    const socket = open.ws;
    this.#socket = socket;
    this.#parts = parts;
    this.#openedAt = this.#heardAt = parts.elapsed();
    this.#outbound = new Outbound(open, parts.limits, 'gathered', parts.meters, () => this.#tooSlow());
    this.work = new Work(parts.limits, { pause: () => socket.pause(), resume: () => this.#resume() });
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    // Of a broken frame or connection; the close event follows.
    socket.on('error', (error) => parts.logger.info({ code: error.name }, 'sync: socket failed'));
    socket.on('close', () => this.#closed());
  }

  /** Whether nobody knows yet whose it is. */
  get isUnknown(): boolean {
    return !this.closed && this.#session === undefined;
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  send(frame: ServerFrame): void {
    this.write(new Outgoing(encodeServerFrame(frame)));
  }

  write(frame: Outgoing): void {
    if (this.#state === 'open' || this.#state === 'draining') this.#outbound.write(frame);
    else if (this.#state === 'greeting') this.#early.push(frame);
  }

  /** Bytes that the device has not taken yet. */
  get backlog(): number {
    return this.#outbound.backlog;
  }

  get hasRoom(): boolean {
    return this.#outbound.hasRoom;
  }

  room(): Promise<void> {
    return this.#outbound.room();
  }

  fail(error: ProtocolError, batch = 0, subject = ''): void {
    if (this.closed) return;
    const { code, retry, retryAfterMs = 0 } = error;
    this.#parts.meters.refused(code);
    this.#outbound.send(encodeServerFrame({ type: 'error', code, retry, retryAfterMs, batch, subject }));
    this.#outbound.flush();
    this.end(closeCode(error));
  }

  end(code: number): void {
    if (this.closed) return;
    this.#leave();
    closeSocket(this.#socket, code, this.#parts.limits.closingMs);
  }

  /** Looks at the clock (SPEC W2, W8, W9). */
  sweep(): void {
    const { helloMs, silenceMs } = this.#parts.limits;
    const now = this.#parts.elapsed();
    if (this.closed) return;
    if (!this.#session && now - this.#openedAt > helloMs) this.end(CLOSE.silent);
    else if (now - this.#heardAt > silenceMs) this.end(CLOSE.silent);
    else if (this.#session && this.#parts.now() >= this.#session.expiresAt)
      this.fail(new ProtocolError('auth/token-invalid'));
  }

  /** Finishes and acknowledges what was taken, then closes (SPEC S12). */
  async drain(returnMs: number): Promise<void> {
    if (this.closed) return;
    this.send({ type: 'notice', notice: { kind: 'drain', returnMs } });
    if (this.#state === 'open') this.#state = 'draining';
    await this.work.idle();
    if (this.closed) return;
    this.#outbound.flush();
    this.end(CLOSE.draining);
  }

  /** Cuts the socket. Resolves when what was begun is done. */
  async terminate(): Promise<void> {
    if (!this.closed) this.#leave();
    this.#socket.terminate();
    await this.work.idle();
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#heardAt = this.#parts.elapsed();
    try {
      if (!isBinary) throw new DecodeError('shape', 'text message');
      const message = plainBytes(data);
      const frames = unpackFrames(message);
      this.#parts.meters.received(frames.length, message.length);
      for (const bytes of frames) {
        if (this.closed || this.#state === 'draining') return;
        this.#take(decodeDeviceFrame(bytes));
      }
    } catch (error) {
      const malformed = error instanceof DecodeError;
      this.fail(malformed ? new ProtocolError('sync/malformed') : asProtocolError(error, this.#parts.logger));
    }
  }

  #take(frame: DeviceFrame): void {
    if (this.#state === 'greeting') {
      this.#behind.push(frame);
    } else if (this.#state === 'hello') {
      if (frame.type !== 'hello') throw new DecodeError('shape', 'no hello');
      this.#state = 'greeting';
      // What follows waits in the kernel, but for what has arrived already.
      this.#socket.pause();
      this.#letIn(frame).catch((error) => this.#refuse(error));
    } else this.#session?.handle(frame);
  }

  /** In its turn, where many come at once (SPEC C8). */
  async #letIn(hello: Hello): Promise<void> {
    if (hello.version !== WIRE_VERSION) throw new ProtocolError('sync/version');
    const { hellos } = this.#parts.admission;
    const leave = await hellos.enter();
    const checked = await this.#check(hello).finally(leave);
    if (!checked) return;
    await this.#placeToCompare(hello, checked.conversations.length);
    if (!this.closed) this.#welcome(hello, checked);
  }

  #refuse(error: unknown): void {
    if (!(error instanceof ComeBack)) {
      this.fail(asProtocolError(error, this.#parts.logger));
      return;
    }
    if (this.closed) return;
    const { returnMs } = error;
    this.#outbound.send(encodeServerFrame({ type: 'notice', notice: { kind: 'drain', returnMs } }));
    this.#outbound.flush();
    this.end(CLOSE.tryLater);
  }

  /** @returns undefined where the socket is gone meanwhile */
  async #check(hello: Hello): Promise<Checked | undefined> {
    if (this.closed) return undefined;
    const { tokens, peers, claims, access, bans, leases, overtaking } = this.#parts;
    const token = await tokens.access(hello.token);
    if (this.closed) return undefined;
    const session = new DeviceSession(token, hello.lease, this, this.#parts);
    this.#session = session;
    // Known first, so that neither an end of the session nor a change of access falls between.
    peers.add(session);
    if (await claims.get(sessionEndedKey(token.identity.session)))
      throw new ProtocolError('auth/session-invalid');
    await bans.assertAllowed(token.identity.account);
    await leases.take(token.identity.device, hello.lease);
    await overtaking.end(token.identity.device, hello.lease);
    const conversations = await access.of(token.identity.account);
    return this.closed ? undefined : { session, conversations };
  }

  #welcome(hello: Hello, { session, conversations }: Checked): void {
    const { limits, now, peers } = this.#parts;
    peers.makeRoomFor(session, limits);
    this.#outbound.send(
      encodeServerFrame({
        type: 'welcome',
        version: WIRE_VERSION,
        time: now(),
        conversations: conversations.map(({ conversation, counter }) => ({ conversation, counter })),
      }),
    );
    this.#state = 'open';
    for (const frame of this.#early.splice(0)) this.#outbound.write(frame);
    present(session, hello.grants);
    if (hello.cursor.length > 0) resume(session, conversations, hello.cursor);
    for (const frame of this.#behind.splice(0)) if (!this.closed) session.handle(frame);
    this.#resume();
  }

  /** Whoever comes without a cursor that says enough asks for every log next. */
  async #placeToCompare({ cursor }: Hello, conversations: number): Promise<void> {
    const { activity, admission } = this.#parts;
    if (cursor.length > 0 && activity?.since(cursor)) return;
    const leave = await admission.comparisons.enter(3 * (conversations + 1));
    admission.release(leave, () => this.work.idle());
  }

  #tooSlow(): void {
    this.#parts.meters.slowReader();
    this.end(CLOSE.tryLater);
  }

  #resume(): void {
    if (this.#socket.isPaused && !this.work.full) this.#socket.resume();
  }

  #closed(): void {
    if (!this.closed) this.#leave();
  }

  #leave(): void {
    this.#state = 'closed';
    this.#outbound.stop();
    this.#behind = [];
    this.#early = [];
    if (!this.#session) return;
    this.#session.left();
    this.#parts.subscriptions.leave(this.#session);
    this.#parts.peers.remove(this.#session);
  }
}

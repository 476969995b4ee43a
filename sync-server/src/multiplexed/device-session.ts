import type { DeviceFrame, DocumentName, Lease, LogName, Notice, ServerFrame } from '@sotto/protocol';
import { encodeServerFrame, ProtocolError, parseDocumentName } from '@sotto/protocol';
import type { Identity } from '../access/identity.js';
import type { AccessToken } from '../access/tokens.js';
import { NO_CURSOR } from '../activity/cursor.js';
import type { Parts } from '../parts.js';
import type { Reader } from '../peers/catching-up.js';
import { CatchingUp } from '../peers/catching-up.js';
import type { Delivery } from '../peers/delivery.js';
import { answer } from '../requests/answer.js';
import { advance, append } from '../requests/append.js';
import { relayAwareness } from '../requests/awareness.js';
import { grant } from '../requests/grant.js';
import type { About, Requester } from '../requests/requester.js';
import { subscribe, unsubscribe } from '../requests/subscribe.js';
import { asProtocolError, CLOSE, isFatal } from '../transport/closing.js';
import type { Outgoing } from '../transport/outgoing.js';
import { Slots } from '../transport/slots.js';
import type { Work } from '../transport/work.js';

/** The socket as a session sees it. */
export interface Link {
  /** Whether it is closing or closed: what was not begun is not begun any more. */
  readonly closed: boolean;
  readonly work: Work;
  send(frame: ServerFrame): void;
  /** A frame that others get too. */
  write(frame: Outgoing): void;
  readonly hasRoom: boolean;
  room(): Promise<void>;
  /** Says why, closes; nothing is sent after it. */
  fail(error: ProtocolError, batch: number, subject: string): void;
  /** Closes; nothing is sent after it. */
  end(code: number): void;
}

function updateFrame({ document, update }: Delivery): Uint8Array {
  return encodeServerFrame({ type: 'sync', document, message: { step: 'update', payload: update } });
}

/** A device after its hello: does what its frames ask, and is where its subscriptions end. */
export class DeviceSession implements Requester, Reader {
  readonly document = undefined;
  readonly clients = new Set<number>();
  readonly parts: Parts;
  readonly lease: Lease;
  readonly #link: Link;
  readonly #answers: Slots;
  /** Made for who was slow once: most never are, and there are many of them. */
  #catchingUp: CatchingUp | undefined;
  #token: AccessToken;
  /** What is being asked, while it is taken apart. */
  #asked = '';

  constructor(token: AccessToken, lease: Lease, link: Link, parts: Parts) {
    this.#token = token;
    // A copy: what was read is a view that would keep the whole hello in memory.
    this.lease = { number: lease.number, nonce: lease.nonce.slice() };
    this.#link = link;
    this.parts = parts;
    this.#answers = new Slots(parts.limits.answersAtOnce);
  }

  get closed(): boolean {
    return this.#link.closed;
  }

  get identity(): Identity {
    return this.#token.identity;
  }

  /** When its token runs out, milliseconds since 1970. */
  get expiresAt(): number {
    return this.#token.expiresAt;
  }

  handle(frame: DeviceFrame): void {
    this.#asked = frame.type;
    switch (frame.type) {
      case 'hello':
        this.fail(new ProtocolError('sync/malformed', { detail: 'second hello' }));
        break;
      case 'token':
        this.run('token', frame.token.length, { batch: 0, subject: '' }, () => this.#renew(frame.token));
        break;
      case 'subscribe':
        for (const log of frame.logs) subscribe(this, log);
        break;
      case 'unsubscribe':
        for (const log of frame.logs) unsubscribe(this, log);
        break;
      case 'sync':
        answer(this, frame, this.#answers);
        break;
      case 'append':
        append(this, frame);
        break;
      case 'advance':
        advance(this, frame);
        break;
      case 'grant':
        grant(this);
        break;
      case 'awareness':
        relayAwareness(this, frame);
        break;
      case 'ping':
        this.send({ type: 'pong' });
        break;
      case 'cursor':
        this.send({ type: 'cursor', cursor: this.#cursor() });
        break;
    }
  }

  send(frame: ServerFrame): void {
    this.#link.send(frame);
  }

  room(): Promise<void> {
    return this.#link.room();
  }

  deliver(delivery: Delivery): void {
    if (!this.#catchingUp && !this.hasRoom)
      this.#catchingUp = new CatchingUp(this.parts.log, this, this.parts.limits);
    if (!this.#catchingUp?.leaves(delivery)) this.#link.write(delivery.as(updateFrame));
  }

  get hasRoom(): boolean {
    return this.#link.hasRoom;
  }

  wants(document: DocumentName): boolean {
    return this.parts.subscriptions.isOpen(this, parseDocumentName(document).log);
  }

  update(document: DocumentName, payload: Uint8Array): void {
    this.send({ type: 'sync', document, message: { step: 'update', payload } });
  }

  behind(): void {
    this.parts.meters.readerBehind();
  }

  giveUp(error?: unknown): void {
    this.parts.meters.slowReader();
    if (error !== undefined) this.parts.logger.warn({ err: error }, 'sync: a slow reader was not caught up');
    this.giveWay();
  }

  /** The socket is closed. */
  left(): void {
    this.#catchingUp?.stop();
  }

  notice(notice: Notice): void {
    this.#link.send({ type: 'notice', notice });
  }

  awareness(_log: LogName, frame: Outgoing): void {
    // Forgotten like one that comes too fast (SPEC W10): the next one says more.
    if (this.hasRoom) this.#link.write(frame);
  }

  /** The notice that goes with it says so. */
  revoked(): void {}

  erased([log]: readonly LogName[]): void {
    this.refuse(new ProtocolError('sync/erased'), { batch: 0, subject: log! });
  }

  fail(error: ProtocolError): void {
    this.#link.fail(error, 0, '');
  }

  idle(): Promise<void> {
    return this.#link.work.idle();
  }

  giveWay(): void {
    this.#link.end(CLOSE.tryLater);
  }

  refuse(error: ProtocolError, { batch, subject }: About): void {
    const { code, retry, retryAfterMs = 0 } = error;
    if (isFatal(error)) this.#link.fail(error, batch, subject);
    else {
      this.parts.meters.refused(code);
      this.#link.send({ type: 'error', code, retry, retryAfterMs, batch, subject });
    }
  }

  run(lane: string, bytes: number, about: About, task: () => Promise<void>, done?: () => void): void {
    const asked = this.#asked;
    this.#link.work.run(lane, bytes, async () => {
      try {
        // Above all after a fork: what follows it must not be written.
        if (this.#link.closed) return;
        await this.parts.meters.request(asked, task);
      } catch (error) {
        this.refuse(asProtocolError(error, this.parts.logger), about);
      } finally {
        done?.();
      }
    });
  }

  /** None while what was sent is not all that was told (SPEC C4, C5). */
  #cursor(): Uint8Array {
    if (this.#catchingUp?.isBehind) return NO_CURSOR;
    return this.parts.activity?.cursor() ?? NO_CURSOR;
  }

  async #renew(token: string): Promise<void> {
    const renewed = await this.parts.tokens.access(token);
    const { account, session, device } = renewed.identity;
    const { identity } = this;
    if (account !== identity.account || session !== identity.session || device !== identity.device)
      throw new ProtocolError('auth/token-invalid', { detail: 'another session' });
    this.#token = renewed;
  }
}

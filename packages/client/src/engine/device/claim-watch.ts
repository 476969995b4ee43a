import type { AccountId, ConversationId } from '@sotto/protocol';
import { documentName, fromBase64url, logName } from '@sotto/protocol';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import {
  type Claim,
  feedDoubt,
  feedDoubts,
  feedPart,
  listDoubt,
  listDoubts,
  stateDoubt,
  stateDoubts,
} from '../trust/claim.js';
import type { Rooms } from './rooms.js';

/** In place of a head, where an author said two things in one place. */
const TWICE = 'twice';
/** Between looks at what is still doubted, milliseconds. */
const LOOK_MS = 5_000;

/** What watching claims needs of the device. */
export interface ClaimsWatched {
  readonly context: DeviceContext;
  readonly rooms: Rooms;
  /** Asks for somebody's device list, and lets their rooms go by it. */
  askForList(account: AccountId): Promise<void>;
  /** Something to be seen of this account's rooms changed. */
  personChanged(account: AccountId): void;
  roomChanged(conversation: ConversationId): void;
  guard(work: () => Promise<void>): void;
}

/**
 * Compares what messages say that the server showed their authors with what it shows here. What is missing is asked for;
 * what stays missing is being kept back: somebody's device list, or state that others of the conversation were shown.
 */
export class ClaimWatch {
  readonly #watched: ClaimsWatched;
  /** Claims that were compared since the device was opened. */
  readonly #compared = new Set<string>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(watched: ClaimsWatched) {
    this.#watched = watched;
  }

  heard(claim: Claim): void {
    for (const doubt of [listDoubt(claim), stateDoubt(claim)]) {
      if (this.#compared.has(doubt)) continue;
      this.#compared.add(doubt);
      this.#watched.guard(() => this.#compare(doubt));
    }
  }

  /** An author said two things in one place: who reads one of them alone can't know, and nothing settles it. */
  heardTwice(conversation: ConversationId): void {
    const { context, roomChanged, guard } = this.#watched;
    const name = `${stateDoubts(conversation)}${TWICE}`;
    guard(async () => {
      await context.doubts.raise(name, Number.NEGATIVE_INFINITY);
      const confirmed = await context.doubts.confirm(context.now(), async (one) => one === name);
      if (confirmed.length > 0) roomChanged(conversation);
    });
  }

  /** Something that members said is not here, or has come. */
  missing(conversation: ConversationId): void {
    const { context, rooms, guard } = this.#watched;
    guard(async () => {
      const open = await rooms.get(conversation);
      const parts = open?.room.history.sequences.missing() ?? [];
      const missing = new Set(parts.map((part) => feedDoubt(conversation, part)));
      for (const name of context.doubts.names(feedDoubts(conversation))) await this.#settleIfShown(name);
      // While more is on its way nothing is amiss.
      for (const name of missing) if (await this.#isAnswered(name)) await this.#compare(name);
    });
  }

  /** A connection begins: whatever is doubted can be asked for. */
  online(): void {
    const { context } = this.#watched;
    context.doubts.online(context.now());
    this.#look();
  }

  /** The connection is gone: time does not count against the server until there is one again. */
  offline(): void {
    const { context } = this.#watched;
    context.doubts.offline(context.now());
    this.stop();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** More of a conversation's state is known. */
  async stateChanged(conversation: ConversationId): Promise<void> {
    for (const name of this.#watched.context.doubts.names(stateDoubts(conversation)))
      await this.#settleIfShown(name);
  }

  /** More of somebody's device list is known. */
  async listChanged(account: AccountId): Promise<void> {
    for (const name of this.#watched.context.doubts.names(listDoubts(account)))
      await this.#settleIfShown(name);
  }

  async #compare(name: string): Promise<void> {
    const { doubts, now, connection } = this.#watched.context;
    if (await this.#isShown(name)) return;
    await doubts.raise(name, now());
    if (connection.state !== 'online') doubts.offline(now());
    this.#look();
    await this.#ask(name);
  }

  /** Asks again while something is waited for. */
  #look(): void {
    const { context, guard } = this.#watched;
    if (this.#timer || !context.doubts.waiting || context.connection.state !== 'online') return;
    this.#timer = setInterval(() => guard(() => this.#again()), LOOK_MS);
  }

  async #again(): Promise<void> {
    const { doubts, connection, now } = this.#watched.context;
    if (connection.state !== 'online' || !doubts.waiting) return this.stop();
    const missing: string[] = [];
    for (const name of doubts.names()) if (!(await this.#settleIfShown(name))) missing.push(name);
    // What was asked for the last time: of what is asked for now nothing is known until it is answered.
    const confirmed = await doubts.confirm(now(), (name) => this.#isAnswered(name));
    for (const name of confirmed) this.#tell(name);
    for (const name of missing) await this.#ask(name);
  }

  async #settleIfShown(name: string): Promise<boolean> {
    if (!(await this.#isShown(name))) return false;
    if (await this.#watched.context.doubts.settle(name)) this.#tell(name);
    return true;
  }

  async #isShown(name: string): Promise<boolean> {
    const [kind, about, what] = name.split('/') as [string, string, string];
    if (kind === 'feed') {
      const open = await this.#watched.rooms.get(about as ConversationId);
      return open === undefined || open.room.history.sequences.has(feedPart(name));
    }
    if (kind === 'list') {
      const person = await this.#watched.context.people.known(about as AccountId);
      return (person?.list.list.version ?? 0) >= Number(what);
    }
    if (what === TWICE) return false;
    const open = await this.#watched.rooms.get(about as ConversationId);
    return open === undefined || open.room.state.knowsHead(fromBase64url(what));
  }

  async #ask(name: string): Promise<void> {
    const [kind, about] = name.split('/') as [string, string];
    const { askForList, context } = this.#watched;
    if (context.connection.state !== 'online') return;
    if (kind === 'list') await askForList(about as AccountId);
    else context.connection.subscribe([logName(kind === 'feed' ? 'm' : 's', about as ConversationId)]);
  }

  /** Whether the server has said all that it says: of a log, when everything up to its head is here. */
  async #isAnswered(name: string): Promise<boolean> {
    const [kind, about] = name.split('/') as [string, string];
    if (kind === 'list') return true;
    const { heads, incoming, catchingUp } = this.#watched.context;
    const log = logName(kind === 'feed' ? 'm' : 's', about as ConversationId);
    if (!heads.known(log) || (await catchingUp.behind(log)) !== undefined) return false;
    const { segment, count } = heads.of(log);
    return envelopesIn(await incoming.vector(documentName(log, segment))) >= count;
  }

  #tell(name: string): void {
    const [kind, about] = name.split('/') as [string, string];
    if (kind === 'list') this.#watched.personChanged(about as AccountId);
    else this.#watched.roomChanged(about as ConversationId);
  }
}

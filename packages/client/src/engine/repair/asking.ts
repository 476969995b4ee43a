import type { AccountId, ConversationId, DeviceId } from '@sotto/protocol';
import { logName, ProtocolError } from '@sotto/protocol';
import { type AccountError, isAccountError } from '../../account/errors.js';
import { MAX_REQUESTED, type RequestRecord } from '../../conversation/request-record.js';
import type { DeviceContext } from '../context/device-context.js';
import { Serial } from '../context/serial.js';
import type { Room } from '../room/room.js';
import { Pairwise } from '../sending/pairwise.js';
import { type Address, healedWrite, lostSessions, WAITS } from './lost-sessions.js';
import { type WaitedFor, WaitingKeys } from './waiting-keys.js';

export { countWaiting } from './waiting-keys.js';

/** What asking needs of the device. */
export interface Asker {
  readonly context: DeviceContext;
  /** Who belongs to a conversation, as far as this device knows. */
  members(conversation: ConversationId): readonly AccountId[];
  /** A room that may wait for keys is read from the stores. */
  read(conversation: ConversationId): Promise<void>;
  /** Envelopes have waited for their key for longer than they should. */
  overdue(waiting: readonly WaitedFor[]): void;
}

/** Between two fresh sessions with one device: whoever sends what does not open can make this device work no faster. */
const HEAL_MS = 60_000;
/** Before another try when a device could not be reached. */
const RETRY_MS = 10_000;
/** How long an envelope may wait before it is told of. */
export const OVERDUE_MS = 5 * 60_000;

/**
 * Asks for keys that did not come (SPEC X18): a device whose record did not open hears of it over a fresh session, and chains that
 * envelopes wait for are asked for by their ids, of the device whose they are.
 */
export class Asking {
  readonly #asker: Asker;
  readonly #pairwise: Pairwise;
  readonly #waiting = new WaitingKeys();
  readonly #noted = new Set<ConversationId>();
  readonly #lost = new Map<DeviceId, Address & { due: number }>();
  readonly #healed = new Map<DeviceId, number>();
  readonly #inTurn = new Serial();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(asker: Asker) {
    this.#asker = asker;
    this.#pairwise = new Pairwise(asker.context);
  }

  /** Takes up what the last process left: who has to hear of a lost session, and where envelopes wait. */
  async begin(): Promise<void> {
    const { context } = this.#asker;
    for (const address of await lostSessions(context.keys))
      this.#lost.set(address.device, { ...address, due: 0 });
    for (const [key] of await context.messages.records(WAITS)) {
      const conversation = key.slice(WAITS.length) as ConversationId;
      this.#noted.add(conversation);
      await this.#asker.read(conversation);
    }
  }

  /** A room changed: what waits in it may be another. */
  roomChanged({ id, history }: Room): void {
    const waits = this.#waiting.set(id, history.waiting, this.#now());
    // Noted once it was due: most keys are only a moment late.
    if (!waits && this.#noted.has(id)) this.#note(id, false);
    if (waits) this.#plan();
  }

  /** A record of this device did not open, which the key store remembers. */
  lost(address: Address): void {
    const due = (this.#healed.get(address.device) ?? Number.NEGATIVE_INFINITY) + HEAL_MS;
    this.#lost.set(address.device, { ...address, due });
    this.#plan();
  }

  /** A connection begins: what is due is asked for. */
  online(): void {
    this.#plan();
  }

  stop(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #now(): number {
    return this.#asker.context.now();
  }

  #note(id: ConversationId, waits: boolean): void {
    const { guard, messages } = this.#asker.context;
    if (waits) this.#noted.add(id);
    else this.#noted.delete(id);
    guard(() =>
      this.#inTurn.run(() =>
        waits ? messages.putRecord(WAITS + id, new Uint8Array()) : messages.removeRecord(WAITS + id),
      ),
    );
  }

  #plan(): void {
    clearTimeout(this.#timer);
    const due = [...this.#lost.values()].map((lost) => lost.due);
    const next = this.#waiting.nextDue();
    if (next !== undefined) due.push(next, ...this.#untold().map(({ since }) => since + OVERDUE_MS));
    if (this.#ended || due.length === 0) return;
    const wait = Math.max(Math.min(...due) - this.#now(), 0);
    this.#timer = setTimeout(
      () => this.#asker.context.guard(() => this.#inTurn.run(() => this.#look())),
      wait,
    );
  }

  async #look(): Promise<void> {
    const { connection } = this.#asker.context;
    this.#tell();
    for (const { conversation, due } of this.#waiting.all())
      if (due <= this.#now() && !this.#noted.has(conversation)) this.#note(conversation, true);
    // The next connection plans anew.
    if (this.#ended || connection.state !== 'online') return;
    await this.#heal();
    await this.#ask();
    this.#plan();
  }

  async #heal(): Promise<void> {
    const now = this.#now();
    const { self } = this.#asker.context;
    for (const lost of [...this.#lost.values()].filter(({ due }) => due <= now)) {
      const { account, device } = lost;
      const wanted = this.#waiting.all().filter((one) => one.device === device);
      const options = { fresh: true, account: account === self.account };
      const error = await refusalOf(this.#post(lost, wanted, options));
      // One that can't be reached now holds up no other.
      if (error) lost.due = now + Math.max(RETRY_MS, waitOf(error));
      else this.#lost.delete(device);
      if (!error) this.#healed.set(device, now);
    }
  }

  async #ask(): Promise<void> {
    const now = this.#now();
    const { self } = this.#asker.context;
    const due = this.#waiting.all().filter((one) => one.due <= now);
    for (const device of new Set(due.map((one) => one.device))) {
      const wanted = due.filter((one) => one.device === device);
      this.#waiting.asked(wanted, now);
      const account = device === self.device ? undefined : await this.#accountOf(device);
      // Nobody's any more, or this one's own: its chains are in the account's archive. A refusal is followed by the next try.
      if (account) await refusalOf(this.#post({ account, device }, wanted, { fresh: false, account: false }));
    }
  }

  async #post(
    { account, device }: Address,
    wanted: readonly WaitedFor[],
    { fresh, account: asksAccount }: { fresh: boolean; account: boolean },
  ): Promise<void> {
    const { posts, sendPosts } = this.#asker.context;
    const log = logName('i', device);
    const tag = `ask/${device}`;
    // One that has not left yet says as much.
    if (!fresh && posts.of(log).some((post) => post.tag === tag)) return sendPosts(log);
    const record: RequestRecord = {
      type: 'request',
      conversations: byConversation(wanted),
      account: asksAccount,
    };
    const also = fresh ? [healedWrite(device)] : [];
    if (await this.#pairwise.post(account, device, tag, record, { also, fresh })) await sendPosts(log);
    else await this.#asker.context.keys.write([healedWrite(device)]);
  }

  /** Whose device it is, of those whose lists are known here. */
  async #accountOf(device: DeviceId): Promise<AccountId | undefined> {
    const { people, self } = this.#asker.context;
    const accounts = new Set<AccountId>([self.account]);
    for (const one of this.#waiting.all())
      for (const account of this.#asker.members(one.conversation)) accounts.add(account);
    for (const account of accounts) {
      const person = await people.known(account);
      if (person?.list.list.devices.some(({ id }) => id === device)) return account;
    }
    return undefined;
  }

  #untold(): WaitedFor[] {
    return this.#waiting.all().filter(({ chain }) => !this.#asker.context.overdueChains.has(chain));
  }

  #tell(): void {
    const now = this.#now();
    const overdue = this.#untold().filter(({ since }) => now - since >= OVERDUE_MS);
    for (const { chain } of overdue) this.#asker.context.overdueChains.add(chain);
    if (overdue.length > 0) this.#asker.overdue(overdue);
  }
}

/** Why somebody could not be written to now; undefined when they were. */
async function refusalOf(post: Promise<void>): Promise<ProtocolError | AccountError | undefined> {
  try {
    await post;
    return undefined;
  } catch (error) {
    if (error instanceof ProtocolError || isAccountError(error)) return error;
    throw error;
  }
}

function waitOf(error: ProtocolError | AccountError): number {
  return (error instanceof ProtocolError && error.retryAfterMs) || 0;
}

function byConversation(wanted: readonly WaitedFor[]): RequestRecord['conversations'] {
  const chains = new Map<ConversationId, WaitedFor['chain'][]>();
  for (const { conversation, chain } of wanted.slice(0, MAX_REQUESTED))
    chains.set(conversation, [...(chains.get(conversation) ?? []), chain]);
  return [...chains].map(([conversation, ids]) => ({ conversation, chains: ids }));
}

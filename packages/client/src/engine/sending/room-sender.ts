import type { AccountId, ErrorCode } from '@sotto/protocol';
import { LIMITS, logName, ProtocolError } from '@sotto/protocol';
import { againMs } from '../../account/again-ms.js';
import { isAccountError } from '../../account/errors.js';
import { distributionId } from '../../conversation/chain.js';
import { isConversationError } from '../../conversation/errors.js';
import type { DistributionId } from '../../conversation/fields.js';
import { equalBytes } from '../../conversation/hash.js';
import type { OpenContent } from '../../conversation/stored-content.js';
import { isCryptoError } from '../../crypto/index.js';
import { appendRun, nextRun } from '../../sync/append-run.js';
import type { OutboxEntry } from '../../sync/outbox.js';
import type { DeviceContext } from '../context/device-context.js';
import { wasListedUnder } from '../context/former-identity.js';
import { acceptedSince, type Belonging, heldBy } from '../context/holding.js';
import type { Room } from '../room/room.js';
import { type FrozenEntry, freeze, isFrozen, segmentOf, thaw } from './freezing.js';
import type { KeySharing } from './key-sharing.js';
import { isStale, RoomFounder } from './room-founder.js';
import { RoomKeys } from './room-keys.js';
import { SealingGate } from './sealing-gate.js';
import { StateWriter } from './state-writer.js';
import { unbounded } from './unbounded.js';
import type { Step, WishKeeper } from './wish-keeper.js';

/** Events frozen at once; the next ones go while these are answered. */
const BATCH = 64;
/** Times that one run begins anew before it makes room for others. */
const ROUNDS = 5;
/** Refusals in a row after which sealing anew waits a while. */
const REFUSALS = 3;
/** Before another try: where the server named no time, and where this device's stores failed. Milliseconds. */
const RETRY_MS = 1_000;
/** Where the same is refused again and again, the tries become as rare as this. */
const MOST_RETRY_MS = 60_000;
const STORE_RETRY_MS = 5_000;
/** Before state that could not be read is looked at again, milliseconds. */
const STATE_RETRY_MS = 10_000;

/** Brings a room's queued events to the server, in order, each exactly once. */
export class RoomSender {
  readonly #context: DeviceContext;
  readonly #room: Room;
  readonly #founder: RoomFounder;
  readonly #keys: RoomKeys;
  readonly #gate: SealingGate;
  /** Loaded when somebody wishes something. */
  #wishes: WishKeeper | undefined;
  #running = false;
  #again = false;
  #admitting = true;
  #refusals = 0;
  /** Runs that ended in an error, since something was acknowledged. */
  #failures = 0;
  /** When it is tried again after the last of them, by the monotonic clock. */
  #due = 0;
  #ended = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: DeviceContext, sharing: KeySharing, room: Room) {
    this.#context = context;
    this.#room = room;
    const writer = new StateWriter(context);
    this.#founder = new RoomFounder(context, room, writer);
    this.#keys = new RoomKeys({ context, sharing, room, writer, founder: this.#founder });
    this.#gate = new SealingGate(context, room);
  }

  /** There may be something to send, or what it waited for may have come. */
  kick(): void {
    this.#again = true;
    if (!this.#running) this.#context.guard(() => this.#run());
  }

  /** Somebody's new account key was accepted: they are let in by it, whether there is something to send or not. */
  admit(): void {
    this.#admitting = true;
    this.kick();
  }

  stop(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  /**
   * Gives the current chain to devices that lack it, without sending anything by it: a device was linked. Also a chain that is
   * over, since another device of that person went: with it comes the key that opens the state, which the next epoch needs.
   * @throws ProtocolError when it has to wait
   */
  async shareCurrent(): Promise<void> {
    const chain = this.#keys.current;
    if (!chain || !this.#room.facts) return;
    if (await this.#keys.isOver(chain)) await this.#keys.give(chain);
    else await this.#keys.share(chain);
  }

  /** The chain that this device seals with now, if there is one. */
  currentChain(): DistributionId | undefined {
    const chain = this.#keys.current;
    return chain && distributionId(chain);
  }

  async #run(): Promise<void> {
    this.#running = true;
    clearTimeout(this.#timer);
    try {
      for (let round = 0; this.#again && round < ROUNDS; round += 1) {
        this.#again = false;
        await this.#sendAll();
      }
      if (this.#again) this.#later(0);
    } catch (error) {
      await this.#stopped(error);
    } finally {
      this.#running = false;
    }
  }

  #later(ms: number): void {
    if (!this.#ended) this.#timer = setTimeout(() => this.kick(), ms);
  }

  async #stopped(error: unknown): Promise<void> {
    if (error instanceof ProtocolError) {
      // Another writer session begins, and sends what waits.
      if (error.code === 'sync/fork') return;
      if (error.retry === 'never') await this.#fail(this.#waiting(), error.code);
      // What changed is on its way; with a connection lost, the next welcome begins again.
      else if (this.#context.connection.state === 'online') {
        this.#later(this.#waitAfter(error));
      }
    } else if (isAccountError(error) || isCryptoError(error) || isConversationError(error)) {
      // A list, a pre-key or a state that does not hold: nothing may be sealed for whoever that is.
      await this.#fail(this.#waiting(), 'client/keys-untrusted');
    } else {
      // Only the stores are left. They may be back later; nothing was sent that was not kept.
      this.#later(STORE_RETRY_MS);
      throw error;
    }
  }

  /** Longer with every failure; one that was brought about before its time makes none of it longer. */
  #waitAfter({ retryAfterMs = 0 }: ProtocolError): number {
    const now = performance.now();
    if (now >= this.#due) {
      const longer = Math.min(RETRY_MS * 2 ** this.#failures, MOST_RETRY_MS);
      this.#due = now + againMs(Math.max(retryAfterMs, longer));
      this.#failures += 1;
    }
    return Math.max(retryAfterMs, this.#due - now);
  }

  #waiting(): OutboxEntry[] {
    return this.#context.outbox.of(this.#room.id).filter((entry) => !entry.failed);
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      if (this.#context.connection.state !== 'online') return;
      if (!this.#room.member) {
        await this.#context.owedBounds.settle(this.#room.id);
        return (await this.#wishKeeper())?.giveUp();
      }
      if (this.#admitting && !(await this.#admitAccepted())) return;
      const step = (await (await this.#wishKeeper())?.step()) ?? 'nothing';
      if (step === 'done') continue;
      if (step === 'waits') return this.#later(RETRY_MS);
      if ((await this.#bound()) === 'done') continue;
      const waiting = this.#waiting();
      if (waiting.length === 0) return;
      const frozen = waiting.filter(isFrozen);
      if (frozen.length > 0) await this.#sendFrozen(frozen);
      else if (!(await this.#freezeSome(waiting))) return;
    }
  }

  /** @returns false when something has to come from the server first */
  async #freezeSome(waiting: readonly OutboxEntry[]): Promise<boolean> {
    if (await this.#isHeld()) return false;
    await this.#founder.resume();
    const { counter } = this.#room;
    if (this.#room.counter === 0) {
      await this.#create();
      return true;
    }
    if (!(await this.#founder.isStateComplete())) {
      this.#later(STATE_RETRY_MS);
      return false;
    }
    if (!(await this.#gate.passed())) {
      this.#later(RETRY_MS);
      return false;
    }
    const chain = await this.#keys.chain();
    if (await this.#keys.isOver(chain)) {
      await this.#beginEpoch();
      return true;
    }
    await this.#keys.share(chain);
    const ready = this.#ready(waiting);
    if (ready.length === 0) return false;
    const { log } = ready[0]!;
    const most = Math.min(BATCH, LIMITS.chainEnvelopes - chain.nextIteration);
    const entries = ready.filter((entry) => entry.log === log).slice(0, most);
    await freeze(this.#context, this.#room, entries, { chain, counter });
    return true;
  }

  /** A message goes when its files are on the server, and what was said after it not before it. */
  #ready(waiting: readonly OutboxEntry[]): readonly OutboxEntry[] {
    const { attached } = this.#context;
    const held = waiting.findIndex(({ event }) => attached.holds(event));
    if (held < 0) return waiting;
    this.#context.uploadFiles();
    return waiting.filter(({ log }, index) => index < held || log === 'r');
  }

  /**
   * Says in the state by which new key somebody belongs, if this account accepted one; the next epoch's keys then reach
   * their new devices, and no longer the old ones. @returns false when something has to come from the server first
   */
  async #admitAccepted(): Promise<boolean> {
    if (this.#room.counter > 0) {
      // What was frozen before takes its place first.
      await this.#founder.resume();
      if (!(await this.#founder.isStateComplete())) {
        this.#later(STATE_RETRY_MS);
        return false;
      }
      await this.#admitOneself();
      const accepted = this.#room.belonging.filter((other) => acceptedSince(this.#context, other));
      for (const other of accepted) await this.#admit(other);
      if (accepted.length > 0 && !(await this.#isHeld())) await this.#beginEpoch();
    }
    this.#admitting = false;
    return true;
  }

  async #admit(other: Belonging): Promise<void> {
    await this.#sayIdentity(other.account, acceptedSince(this.#context, other)!);
  }

  /**
   * Says by which key this account goes on, where it gave up the one that the state names: only a device that was listed under both
   * is believed by everybody.
   */
  async #admitOneself(): Promise<void> {
    const { self, people, keys } = this.#context;
    const own = this.#room.state.fold.state?.members.find(({ account }) => account === self.account);
    const identity = (await people.known(self.account))?.identity;
    if (!own || !identity || own.identities.some((named) => equalBytes(named, identity))) return;
    if (await wasListedUnder(keys, own.identities)) await this.#sayIdentity(self.account, identity);
  }

  async #sayIdentity(account: AccountId, identity: Uint8Array): Promise<void> {
    await this.#orAskForState(() => this.#keys.write({ type: 'identity', body: { account, identity } }));
  }

  /** Whether somebody here has another account key than before: nothing is sealed until it was looked at. */
  async #isHeld(): Promise<boolean> {
    await Promise.all(this.#room.others.map((account) => this.#context.people.fresh(account)));
    return heldBy(this.#context, this.#room.belonging) !== undefined;
  }

  /** The keys go first: whoever begins the same conversation at this moment and loses can then read what stands. */
  async #create(): Promise<void> {
    await this.#founder.creation();
    await this.#keys.share(await this.#keys.chain());
    await this.#founder.create();
  }

  async #beginEpoch(): Promise<void> {
    await this.#orAskForState(() => this.#keys.begin());
  }

  /** Who was removed from the account is believed here no longer. What there is to send does not wait for it. */
  async #bound(): Promise<Step> {
    const [context, room] = [this.#context, this.#room];
    if (unbounded(context, room).length === 0 && context.owedBounds.of(room.id).length === 0)
      return 'nothing';
    const { boundDevices } = await import('./device-bounds.js');
    const parts = { founder: this.#founder, keys: this.#keys, gate: this.#gate };
    try {
      const step = await context.owedBounds.turns.run(() => boundDevices(context, room, parts));
      if (step === 'waits') this.#later(RETRY_MS);
      return step;
    } catch (error) {
      if (isStale(error)) this.#founder.askForState();
      else if (!(error instanceof ProtocolError) && !isAccountError(error)) throw error;
      this.#later(isStale(error) ? RETRY_MS : STATE_RETRY_MS);
      return 'waits';
    }
  }

  async #orAskForState(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (isStale(error)) this.#founder.askForState();
      // Taken out a moment ago: the notice is on its way, and nothing that waits has failed by it.
      if (error instanceof ProtocolError && error.code === 'auth/forbidden')
        throw new ProtocolError('service/unavailable', { detail: 'not entitled now', cause: error });
      throw error;
    }
  }

  /** What carries out the wishes of this room; undefined where there are none. */
  async #wishKeeper(): Promise<WishKeeper | undefined> {
    if (this.#context.wishes.waiting(this.#room.id).length === 0) return undefined;
    const { WishKeeper } = await import('./wish-keeper.js');
    const parts = { founder: this.#founder, keys: this.#keys, gate: this.#gate };
    this.#wishes ??= new WishKeeper(this.#context, this.#room, parts);
    return this.#wishes;
  }

  async #sendFrozen(entries: readonly FrozenEntry[]): Promise<void> {
    const { connection, self } = this.#context;
    const run = nextRun(entries.map((entry) => ({ ...entry.frozen, entry })));
    try {
      const durable = await appendRun(connection, self.device, run[0]!.counter, run);
      this.#refusals = 0;
      this.#failures = 0;
      this.#due = 0;
      await this.#keep(run.slice(0, durable).map(({ entry }) => entry));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const refused = run.map(({ entry }) => entry);
      if (error.code === 'sync/fork') {
        this.#context.copied();
        throw error;
      }
      if (error.retry === 'anew') await this.#sealAnew(error);
      else if (error.retry === 'never') await this.#fail(refused, error.code);
      else throw error;
    }
  }

  async #keep(acknowledged: readonly FrozenEntry[]): Promise<void> {
    const { attached, heads, self, outbox } = this.#context;
    const { log } = acknowledged[0]!;
    const kept = acknowledged.map((entry) => ({ position: entry.frozen, content: ownContent(entry, self) }));
    await this.#room.keepOwn(kept, log);
    await outbox.remove(acknowledged);
    if (attached.files) this.#context.uploadFiles();
    const segment = segmentOf(acknowledged[0]!);
    const name = logName(log, this.#room.id);
    if (segment > heads.of(name).segment) heads.set(name, { segment, count: acknowledged.length });
  }

  /** Refused as it stands: the same events get new places under a fresh client id. */
  async #sealAnew(error: ProtocolError): Promise<void> {
    await this.#context.freshClientId();
    const frozen = this.#waiting().filter(isFrozen);
    await thaw(this.#context, this.#room, frozen, () => null);
    this.#refusals += 1;
    if (error.code !== 'sync/stale') {
      if (this.#refusals % REFUSALS === 0) throw error;
      return;
    }
    this.#founder.askForState();
    // Sealing again under the same counter would only be refused again: wait for the news.
    if (frozen.some((entry) => entry.frozen.counter === this.#room.counter)) throw error;
  }

  async #fail(entries: readonly OutboxEntry[], failed: ErrorCode): Promise<void> {
    const { outbox } = this.#context;
    const orders = new Set(entries.map(({ order }) => order));
    const sealed = new Set(entries.filter(isFrozen).map(({ log }) => log));
    if (sealed.size > 0) await this.#context.freshClientId();
    // What was sealed after them follows on them, and is taken back with them.
    const taken = this.#waiting().filter(
      (entry) => orders.has(entry.order) || (isFrozen(entry) && sealed.has(entry.log)),
    );
    await thaw(this.#context, this.#room, taken, ({ order }) => (orders.has(order) ? failed : null));
    // A receipt nobody takes is of no use; the next one says as much.
    await outbox.remove(outbox.of(this.#room.id).filter((entry) => entry.log === 'r' && entry.failed));
    for (const entry of outbox.of(this.#room.id)) await this.#room.showQueued(entry);
  }
}

/** What an acknowledged event becomes in the message store: the same that reading it from the server would give. */
function ownContent({ frozen, bytes }: FrozenEntry, self: DeviceContext['self']): OpenContent {
  const { seq, prev, epoch, iteration } = frozen;
  const { device, generation } = self;
  return { status: 'open', device, generation, seq, prev, epoch, iteration, event: bytes, own: true };
}

import type { ErrorCode } from '@sotto/protocol';
import { documentName, LIMITS, logName, ProtocolError } from '@sotto/protocol';
import { isAccountError } from '../../account/errors.js';
import { sealEnvelope } from '../../conversation/envelope.js';
import { eventHash } from '../../conversation/event.js';
import { isUsedUp, type OwnChain, takeIterations } from '../../conversation/own-chain.js';
import { createStateKey } from '../../conversation/state-envelope.js';
import type { CreateEvent } from '../../conversation/state-event.js';
import { signStateEvent } from '../../conversation/state-signature.js';
import type { OpenContent } from '../../conversation/stored-content.js';
import { isCryptoError } from '../../crypto/index.js';
import type { KeyWrite } from '../../store/key-store.js';
import { appendRun, nextRun } from '../../sync/append-run.js';
import { envelopesIn } from '../../sync/incoming.js';
import type { Frozen, OutboxEntry } from '../../sync/outbox.js';
import { documentAt, following, type KnownHead } from '../../sync/own-feeds.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { factsWrite } from '../room/room-facts.js';
import type { KeySharing } from './key-sharing.js';
import { StateWriter, stateDocuments } from './state-writer.js';

/** Events frozen at once; the next ones go while these are answered. */
const BATCH = 64;
/** Times that one round begins anew before it waits for news from the server. */
const ROUNDS = 5;
/** Refusals in a row after which sealing anew waits a while. */
const REFUSALS = 3;

type FrozenEntry = OutboxEntry & { readonly frozen: Frozen };

/** Brings a room's queued events to the server, in order, each exactly once. */
export class RoomSender {
  readonly #context: DeviceContext;
  readonly #sharing: KeySharing;
  readonly #room: Room;
  readonly #stateWriter: StateWriter;
  #running = false;
  #again = false;
  #refusals = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: DeviceContext, sharing: KeySharing, room: Room) {
    this.#context = context;
    this.#sharing = sharing;
    this.#room = room;
    this.#stateWriter = new StateWriter(context);
  }

  /** There may be something to send, or what it waited for may have come. */
  kick(): void {
    this.#again = true;
    if (!this.#running) void this.#run();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /**
   * Gives the current chain to devices that lack it, without sending anything by it: a device was linked.
   * @throws ProtocolError when it has to wait
   */
  async shareCurrent(): Promise<void> {
    const chain = this.#room.chains.own(this.#chainName());
    if (chain && this.#room.facts) await this.#share(chain);
  }

  async #run(): Promise<void> {
    this.#running = true;
    clearTimeout(this.#timer);
    try {
      for (let round = 0; this.#again && round < ROUNDS; round += 1) {
        this.#again = false;
        await this.#sendAll();
      }
    } catch (error) {
      await this.#stopped(error);
    } finally {
      this.#running = false;
    }
  }

  async #stopped(error: unknown): Promise<void> {
    if (error instanceof ProtocolError) {
      if (error.retry === 'never') return this.#fail(this.#waiting(), error.code);
      // What changed is on its way; with a connection lost, the next welcome begins again.
      const wait = error.retryAfterMs || 1_000;
      if (this.#context.connection.state === 'online') this.#timer = setTimeout(() => this.kick(), wait);
      return;
    }
    // A list or a pre-key that does not verify: nothing may be sealed for whoever that is.
    if (isAccountError(error) || isCryptoError(error))
      return this.#fail(this.#waiting(), 'client/keys-untrusted');
    // Only the stores are left. They may be back later; nothing was sent that was not kept.
    this.#timer = setTimeout(() => this.kick(), 5_000);
  }

  #waiting(): OutboxEntry[] {
    return this.#context.outbox.of(this.#room.id).filter((entry) => !entry.failed);
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      if (this.#context.connection.state !== 'online' || !this.#room.member) return;
      const waiting = this.#waiting();
      if (waiting.length === 0) return;
      const frozen = waiting.filter(isFrozen);
      if (frozen.length > 0) await this.#sendFrozen(frozen);
      else if (!(await this.#freezeSome(waiting))) return;
    }
  }

  /** @returns false when something has to come from the server first */
  async #freezeSome(waiting: readonly OutboxEntry[]): Promise<boolean> {
    await this.#stateWriter.resume(this.#room);
    if (this.#room.counter === 0) {
      await this.#create();
      return true;
    }
    if (!(await this.#isStateComplete())) return false;
    const chain = this.#room.chains.own(this.#chainName()) ?? (await this.#createChain());
    if (isUsedUp(chain)) {
      await this.#beginEpoch();
      return true;
    }
    await this.#share(chain);
    const { log } = waiting[0]!;
    const left = LIMITS.chainEnvelopes - chain.nextIteration;
    await this.#freeze(waiting.filter((entry) => entry.log === log).slice(0, Math.min(BATCH, left)), chain);
    return true;
  }

  #chainName() {
    const { device, generation } = this.#context.self;
    const epoch = this.#room.state.fold.state?.epoch ?? 0;
    return { conversation: this.#room.id, epoch, device, generation };
  }

  async #createChain(): Promise<OwnChain> {
    const change = this.#room.chains.create(this.#chainName(), this.#context.self.account);
    await this.#context.keys.write(change.writes);
    change.done();
    return change.chain;
  }

  async #share(chain: OwnChain): Promise<void> {
    const members = [...new Set([this.#context.self.account, this.#room.peer])];
    const { stateKeys } = this.#room.facts!;
    await this.#sharing.share({
      members,
      chain,
      stateKey: stateKeys[0]!,
      state: this.#room.state.signedEvents(),
    });
  }

  /**
   * Makes the conversation on the server. The keys go first: whoever begins the same conversation at this moment and
   * loses can then read what stands.
   */
  async #create(): Promise<void> {
    const signed = await this.#ownCreation();
    await this.#share(this.#room.chains.own(this.#chainName()) ?? (await this.#createChain()));
    try {
      await this.#stateWriter.writeSigned(this.#room, signed);
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === 'sync/stale')) throw error;
      // Somebody was first; the server says with which counter.
      this.#room.counter = Math.max(this.#room.counter, 1);
      this.#askForState();
    }
  }

  async #ownCreation(): Promise<Uint8Array> {
    const { self, keys } = this.#context;
    const room = this.#room;
    const own = room.state.creationBy(self.account);
    if (own) return own;
    const signed = await newCreation(this.#context, room);
    const facts = {
      peer: room.peer,
      stateKeys: room.facts?.stateKeys ?? [createStateKey()],
      events: [...(room.facts?.events ?? []), signed],
    };
    await keys.write([factsWrite(room.id, facts)]);
    room.facts = facts;
    await room.alone(() => room.state.add([signed]));
    return signed;
  }

  /** Whether the state log is here up to what the server holds. Asks for it otherwise. */
  async #isStateComplete(): Promise<boolean> {
    const { heads, incoming } = this.#context;
    const log = logName('s', this.#room.id);
    if (!heads.known(log)) return false;
    const head = heads.of(log);
    const vector = await incoming.vector(documentName(log, head.segment));
    if (envelopesIn(vector) >= head.count && this.#room.state.fold.state) return true;
    this.#askForState();
    return false;
  }

  #askForState(): void {
    const { connection, incoming, heads } = this.#context;
    const log = logName('s', this.#room.id);
    connection.subscribe([log]);
    for (const document of stateDocuments(this.#room, heads.of(log).segment))
      void incoming.vector(document).then((vector) => connection.askFor(document, vector));
  }

  /** The chain has sealed all it may. */
  async #beginEpoch(): Promise<void> {
    const { fold } = this.#room.state;
    try {
      await this.#stateWriter.write(this.#room, {
        type: 'epoch',
        conversation: this.#room.id,
        parents: fold.heads,
        device: this.#context.self.device,
        account: this.#context.self.account,
        clock: this.#context.tick(),
        counter: this.#room.counter + 1,
        body: { epoch: (fold.state?.epoch ?? 0) + 1 },
      });
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === 'sync/stale')) throw error;
      this.#askForState();
      throw error;
    }
  }

  /** Decides everything about these events and keeps it in one write, before the first byte leaves. */
  async #freeze(entries: readonly OutboxEntry[], chain: OwnChain): Promise<void> {
    const { feeds, clientIds, outbox } = this.#context;
    const log = logName(entries[0]!.log, this.#room.id);
    if (!clientIds.current) await this.#context.freshClientId();
    const taken = takeIterations(chain, entries.length);
    let head = await this.#head(log);
    const frozen: OutboxEntry[] = [];
    try {
      let moved: KeyWrite[] = [];
      for (const [index, entry] of entries.entries()) {
        const at = await feeds.next(log, head, clientIds.current!);
        const place = { segment: at.segment, client: at.client, clock: at.clock, seq: at.seq, prev: at.prev };
        const iteration = taken.iteration + index;
        const envelope = await sealEnvelope({
          chain,
          iteration,
          binding: {
            log: entry.log,
            ...place,
            stateHead: this.#room.state.fold.head,
            listVersion: await this.#listVersion(),
          },
          event: entry.bytes,
        });
        frozen.push({
          ...entry,
          frozen: {
            document: documentAt(log, at),
            client: at.client,
            clock: at.clock,
            counter: this.#room.counter,
            epoch: chain.epoch,
            iteration,
            seq: at.seq,
            prev: at.prev,
            envelope,
          },
        });
        moved = [feeds.moveTo(log, following(at, eventHash(entry.bytes)))];
        head =
          at.segment > head.segment ? { segment: at.segment, count: 1 } : { ...head, count: head.count + 1 };
      }
      const kept = this.#room.chains.keepOwn(taken.chain);
      await outbox.replace(frozen, [...moved, ...kept.writes]);
      kept.done();
    } catch (error) {
      feeds.forget(log);
      throw error;
    }
  }

  /** The newest segment: what the server said, and what has come here since. */
  async #head(log: ReturnType<typeof logName>): Promise<KnownHead> {
    const { heads, incoming } = this.#context;
    const head = heads.of(log);
    const here = envelopesIn(await incoming.vector(documentName(log, head.segment)));
    return { segment: head.segment, count: Math.max(head.count, here) };
  }

  async #listVersion(): Promise<number> {
    const own = await this.#context.people.known(this.#context.self.account);
    return own?.list.list.version ?? 0;
  }

  async #sendFrozen(entries: readonly FrozenEntry[]): Promise<void> {
    const { connection, self, heads } = this.#context;
    const run = nextRun(entries.map((entry) => ({ ...entry.frozen, entry })));
    try {
      const durable = await appendRun(connection, self.device, run[0]!.counter, run);
      this.#refusals = 0;
      const acknowledged = run.slice(0, durable).map(({ entry }) => entry);
      const log = logName(acknowledged[0]!.log, this.#room.id);
      await this.#keep(acknowledged);
      const { segment } = segmentOf(acknowledged[0]!);
      if (segment > heads.of(log).segment) heads.set(log, { segment, count: durable });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      if (error.retry === 'anew' || error.code === 'sync/fork') await this.#sealAnew(error);
      else if (error.retry === 'never')
        await this.#fail(
          run.map(({ entry }) => entry),
          error.code,
        );
      else throw error;
    }
  }

  async #keep(acknowledged: readonly FrozenEntry[]): Promise<void> {
    const kept = acknowledged.map(({ frozen, bytes }) => {
      const { document, client, clock, seq, prev, epoch, iteration } = frozen;
      const { device, generation } = this.#context.self;
      const content: OpenContent = {
        status: 'open',
        device,
        generation,
        seq,
        prev,
        epoch,
        iteration,
        event: bytes,
        own: true,
      };
      return { position: { document, client, clock }, content };
    });
    await this.#room.keepOwn(kept, acknowledged[0]!.log);
    await this.#context.outbox.remove(acknowledged);
  }

  /**
   * Refused as it stands: the same events get new places under a fresh client id. What they were sealed with is never
   * used again.
   */
  async #sealAnew(error: ProtocolError): Promise<void> {
    await this.#context.freshClientId();
    const frozen = this.#waiting().filter(isFrozen);
    await this.#thaw(frozen, null);
    this.#refusals += 1;
    if (error.code !== 'sync/stale') {
      if (this.#refusals % REFUSALS === 0) throw error;
      return;
    }
    this.#askForState();
    // Sealing again under the same counter would only be refused again: wait for the news.
    if (frozen.some((entry) => entry.frozen.counter === this.#room.counter)) throw error;
  }

  async #fail(entries: readonly OutboxEntry[], failed: ErrorCode): Promise<void> {
    const sealed = entries.filter(isFrozen);
    if (sealed.length > 0) await this.#context.freshClientId();
    await this.#thaw(entries, failed);
    // A receipt nobody takes is of no use; the next one says as much.
    await this.#context.outbox.remove(entries.filter(({ log }) => log === 'r'));
    for (const entry of this.#context.outbox.of(this.#room.id)) await this.#room.showQueued(entry);
  }

  /** Takes frozen events back, so that the sequence of their feeds goes on where they began. */
  async #thaw(entries: readonly OutboxEntry[], failed: ErrorCode | null): Promise<void> {
    const { feeds, outbox } = this.#context;
    const writes: KeyWrite[] = [];
    for (const log of ['m', 'r'] as const) {
      const first = entries.filter(isFrozen).find((entry) => entry.log === log);
      if (!first) continue;
      const { client, clock, seq, prev } = first.frozen;
      const { segment } = segmentOf(first);
      writes.push(feeds.moveTo(logName(log, this.#room.id), { segment, client, clock, seq, prev }));
    }
    await outbox.replace(
      entries.map((entry) => ({ ...entry, frozen: null, failed })),
      writes,
    );
  }
}

function isFrozen(entry: OutboxEntry): entry is FrozenEntry {
  return entry.frozen !== null;
}

function segmentOf(entry: FrozenEntry): { segment: number } {
  return { segment: Number(entry.frozen.document.split('.').at(-1)) };
}

/** A creation of the direct conversation, signed by this device. @throws ProtocolError when the peer is unknown yet */
export async function newCreation(context: DeviceContext, room: Room): Promise<Uint8Array> {
  const { self, people } = context;
  const persons = await Promise.all(
    [self.account, room.peer]
      .sort()
      .map(async (account) => (await people.known(account)) ?? people.fresh(account)),
  );
  const event: CreateEvent = {
    type: 'create',
    conversation: room.id,
    parents: [],
    device: self.device,
    account: self.account,
    clock: context.tick(),
    counter: 1,
    body: {
      kind: 'direct',
      members: persons.map(({ account, identity }) => ({ account, identity })),
      nonce: crypto.getRandomValues(new Uint8Array(16)),
    },
  };
  return signStateEvent(event, self.identity);
}

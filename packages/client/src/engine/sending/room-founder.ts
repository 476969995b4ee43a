import { documentName, logName, ProtocolError } from '@sotto/protocol';
import { createStateKey } from '../../conversation/state-envelope.js';
import type { CreateEvent } from '../../conversation/state-event.js';
import { signStateEvent } from '../../conversation/state-signature.js';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { StateWriter, stateDocuments } from './state-writer.js';

/** What has to hold on the server before a room's events can be sealed: that it exists, its state known here, its epoch. */
export class RoomFounder {
  readonly #context: DeviceContext;
  readonly #room: Room;
  readonly #writer: StateWriter;

  constructor(context: DeviceContext, room: Room) {
    this.#context = context;
    this.#room = room;
    this.#writer = new StateWriter(context);
  }

  /** Sends a state record that was frozen before and never answered. */
  resume(): Promise<void> {
    return this.#writer.resume(this.#room);
  }

  /** This account's signed creation; made and kept at the first call. @throws ProtocolError when the peer is unknown */
  async creation(): Promise<Uint8Array> {
    const { self } = this.#context;
    const room = this.#room;
    const own = room.state.creationBy(self.account);
    if (own) return own;
    const signed = await this.#signCreation();
    const stateKey = createStateKey();
    await room.changeFacts((facts) => ({
      scope: room.scope,
      members: room.members,
      stateKeys: facts?.stateKeys ?? [stateKey],
      events: [...(facts?.events ?? []), signed],
    }));
    await room.alone(() => room.state.add([signed]));
    return signed;
  }

  /** Makes the conversation on the server; whoever was first, it exists afterwards. */
  async create(): Promise<void> {
    try {
      await this.#writer.writeSigned(this.#room, await this.creation());
      this.#context.subscribe(this.#room.id);
    } catch (error) {
      if (!isStale(error)) throw error;
      // Somebody was first; the server says with which counter.
      this.#room.counter = Math.max(this.#room.counter, 1);
      this.askForState();
    }
  }

  /** The chain has sealed all it may: everybody goes on under a new epoch. @throws ProtocolError `sync/stale` */
  async beginEpoch(): Promise<void> {
    const { fold } = this.#room.state;
    try {
      await this.#writer.write(this.#room, {
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
      if (isStale(error)) this.askForState();
      throw error;
    }
  }

  /** Whether the state log is here up to what the server holds. Asks for it otherwise. */
  async isStateComplete(): Promise<boolean> {
    const { heads, incoming } = this.#context;
    const log = logName('s', this.#room.id);
    if (!heads.known(log)) return false;
    const head = heads.of(log);
    const vector = await incoming.vector(documentName(log, head.segment));
    if (envelopesIn(vector) >= head.count && this.#room.state.fold.state) return true;
    // Not for the head, which is known: its answer would bring us back here, as fast as the network goes.
    this.#readState();
    return false;
  }

  askForState(): void {
    this.#context.connection.subscribe([logName('s', this.#room.id)]);
    this.#readState();
  }

  #readState(): void {
    const { connection, incoming, heads } = this.#context;
    const log = logName('s', this.#room.id);
    for (const document of stateDocuments(this.#room, heads.of(log).segment))
      this.#context.guard(async () => connection.askFor(document, await incoming.vector(document)));
  }

  async #signCreation(): Promise<Uint8Array> {
    const { self, people, tick } = this.#context;
    const accounts = [...this.#room.members].sort();
    const persons = await Promise.all(
      accounts.map(async (account) => (await people.known(account)) ?? people.fresh(account)),
    );
    const event: CreateEvent = {
      type: 'create',
      conversation: this.#room.id,
      parents: [],
      device: self.device,
      account: self.account,
      clock: tick(),
      counter: 1,
      body: {
        kind: 'direct',
        members: persons.map(({ account, identity }) => ({ account, identity })),
        nonce: crypto.getRandomValues(new Uint8Array(16)),
      },
    };
    return signStateEvent(event, self.identity);
  }
}

function isStale(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === 'sync/stale';
}

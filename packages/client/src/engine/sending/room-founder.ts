import { documentName, logName, ProtocolError } from '@sotto/protocol';
import { createStateKey } from '../../conversation/state-envelope.js';
import type { CreateEvent } from '../../conversation/state-event.js';
import { signStateEvent } from '../../conversation/state-signature.js';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { type StateWriter, stateDocuments } from './state-writer.js';

/** How long the key of a state envelope, or its author's device list, is waited for, milliseconds. */
const SEALED_MS = 30_000;

/** What has to hold on the server before a room's events can be sealed: that it exists, its state known here, its epoch. */
export class RoomFounder {
  readonly #context: DeviceContext;
  readonly #room: Room;
  readonly #writer: StateWriter;
  /** When something of the state log was first found that no key here opens, milliseconds since 1970. */
  #sealedSince: number | undefined;

  constructor(context: DeviceContext, room: Room, writer: StateWriter) {
    this.#context = context;
    this.#room = room;
    this.#writer = writer;
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
      stateKeys: facts?.stateKeys ?? [{ by: self.account, key: stateKey }],
      firstKey: facts?.firstKey ?? null,
      nextKey: null,
      joined: null,
      events: [...(facts?.events ?? []), signed],
    }));
    await room.alone(async () => {
      await room.state.addKeys((room.facts?.stateKeys ?? []).map(({ key }) => key));
      await room.state.add([signed]);
    });
    return signed;
  }

  /** Makes the conversation on the server; whoever was first, it exists afterwards. */
  async create(): Promise<void> {
    try {
      const signed = await this.creation();
      await this.#writer.write(this.#room, signed, this.#room.state.latestKey!);
      this.#context.subscribe(this.#room.id);
    } catch (error) {
      if (!isStale(error)) throw error;
      // Somebody was first; the server says with which counter.
      this.#room.counter = Math.max(this.#room.counter, 1);
      this.askForState();
    }
  }

  /** Whether the state log is here up to what the server holds. Asks for it otherwise. */
  async isStateComplete(): Promise<boolean> {
    const { heads, incoming } = this.#context;
    const log = logName('s', this.#room.id);
    if (!heads.known(log)) return false;
    const head = heads.of(log);
    const vector = await incoming.vector(documentName(log, head.segment));
    // All of it is here: what can't be read of it is not for the server to say.
    if (envelopesIn(vector) >= head.count) return this.#isReadable();
    // Not for the head, which is known: its answer would bring us back here, as fast as the network goes.
    this.#readState();
    return false;
  }

  /**
   * Whether the log can be gone by. What no key opens and who nobody knows is waited for, but not for ever: keys are in the inbox
   * before their event is in the log, so this one was made by somebody who does not give it to everybody.
   */
  #isReadable(): boolean {
    const { state } = this.#room;
    if (!state.fold.state || state.fold.missing.length > 0) return false;
    if (state.sealed === 0 && state.strangers.size === 0) {
      this.#sealedSince = undefined;
      return true;
    }
    this.#sealedSince ??= this.#context.now();
    return this.#context.now() - this.#sealedSince >= SEALED_MS;
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
        name: '',
        members: persons.map(({ account, identity }) => ({ account, identity, role: 'admin' as const })),
        past: false,
        nonce: crypto.getRandomValues(new Uint8Array(16)),
      },
    };
    return signStateEvent(event, self.identity);
  }
}

export function isStale(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === 'sync/stale';
}

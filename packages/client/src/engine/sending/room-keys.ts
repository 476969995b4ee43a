import { ProtocolError } from '@sotto/protocol';
import { signChain } from '../../conversation/chain-signature.js';
import { equalBytes } from '../../conversation/hash.js';
import { isUsedUp, type OwnChain, readOwnChain } from '../../conversation/own-chain.js';
import type { Rotation, StateType } from '../../conversation/state-body.js';
import { createStateKey, sealPreviousKey, stateKeyId } from '../../conversation/state-envelope.js';
import type { KnownStateEvent, StateEventBase, StateEventOf } from '../../conversation/state-event.js';
import { signStateEvent } from '../../conversation/state-signature.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { proofWrite } from '../room/room-chains.js';
import { withKey } from '../room/room-facts.js';
import type { KeySharing, Recipient } from './key-sharing.js';
import type { RoomFounder } from './room-founder.js';
import type { StateWriter } from './state-writer.js';

/** What a state event says beside what all say. */
type Said<T extends StateType> = { [K in T]: Pick<StateEventOf<K>, 'type' | 'body'> }[T];

export interface RoomKeyParts {
  readonly context: DeviceContext;
  readonly sharing: KeySharing;
  readonly room: Room;
  readonly writer: StateWriter;
  readonly founder: RoomFounder;
}

/** The keys that a room is written by: this device's chain of each epoch, and the state key; and who has them. */
export class RoomKeys {
  readonly #context: DeviceContext;
  readonly #sharing: KeySharing;
  readonly #room: Room;
  readonly #writer: StateWriter;
  readonly #founder: RoomFounder;
  /** What was found to be in order: a chain, the state and the lists it was shared by. */
  #ready: string | undefined;

  constructor(parts: RoomKeyParts) {
    this.#context = parts.context;
    this.#sharing = parts.sharing;
    this.#room = parts.room;
    this.#writer = parts.writer;
    this.#founder = parts.founder;
  }

  /** The own chain of the epoch that is, if there is one. */
  get current(): OwnChain | undefined {
    return this.#room.chains.own({ epoch: this.#epoch, generation: this.#context.self.generation });
  }

  /** The own chain of the epoch that is; made when first asked for. */
  chain(): Promise<OwnChain> {
    return this.#chainOf(this.#epoch);
  }

  /**
   * Whether nothing more may be sealed by a chain: it is used up, or went to a device that is not a member's any more.
   * @throws ProtocolError, AccountError when the lists can't be looked at now
   */
  async isOver(chain: OwnChain): Promise<boolean> {
    if (isUsedUp(chain)) return true;
    if (this.#ready === this.#readiness(chain)) return false;
    return !(await this.#sharing.isAmong(chain, this.#recipients()));
  }

  /**
   * Sees to it that every device of every member has a chain that is not over. Costs nothing while nothing has changed since.
   * @throws ProtocolError, AccountError as {@link KeySharing.share}
   */
  async share(chain: OwnChain): Promise<void> {
    const ready = this.#readiness(chain);
    if (this.#ready === ready) return;
    await this.give(chain);
    // Lists that changed meanwhile are looked at again.
    if (ready === this.#readiness(chain)) this.#ready = ready;
  }

  /**
   * Gives a chain, be it over, and the state's key to every device of every member that lacks them.
   * @throws ProtocolError, AccountError as {@link KeySharing.share}
   */
  async give(chain: OwnChain): Promise<void> {
    const stateKey = this.#room.state.latestKey;
    if (!stateKey) throw new ProtocolError('service/unavailable', { detail: 'state key' });
    const state = this.#room.state.signedEvents();
    await this.#sharing.share({ members: this.#recipients(), chain, stateKey, state });
  }

  /** Writes an event that begins no epoch. @throws ProtocolError as {@link StateWriter.write} */
  async write(said: Said<Exclude<StateType, 'create' | 'remove' | 'epoch'>>): Promise<void> {
    const base = await this.#base();
    const { sealingKey } = this.#room.state;
    if (!sealingKey) {
      await this.begin();
      throw new ProtocolError('sync/stale', { detail: 'state key' });
    }
    const event = { ...base, ...said } as KnownStateEvent;
    await this.#writer.write(this.#room, signStateEvent(event, this.#context.self.identity), sealingKey);
  }

  /** Begins the next epoch: everybody goes on under new keys. @throws ProtocolError as {@link StateWriter.write} */
  async begin(): Promise<void> {
    await this.raise(this.#recipients(), (epoch, key) => ({ type: 'epoch', body: { epoch, key } }));
  }

  /**
   * Writes an event that begins an epoch. The keys go first: whoever stays has them in the inbox before anybody can see
   * the event.
   * @param members who stays
   * @returns the signed event
   */
  async raise(
    members: readonly Recipient[],
    describe: (epoch: number, key: Rotation) => Said<'remove' | 'epoch'>,
  ): Promise<Uint8Array> {
    const room = this.#room;
    const { head } = room.state.fold;
    const epoch = this.#epoch + 1;
    const chain = await this.#chainOf(epoch);
    const isClean = await this.#sharing.isAmong(chain, members);
    const previous = room.state.latestKey;
    if (!previous) throw new ProtocolError('service/unavailable', { detail: 'state key' });
    const { key, fresh } = await this.#nextKey(epoch, isClean);
    const state = room.state.signedEvents();
    await this.#sharing.share({ members, chain, stateKey: key, state, anew: fresh });
    const sealed = await sealPreviousKey({ key, previous, conversation: room.id, epoch });
    const base = await this.#base();
    // Who stays may be others by now.
    if (!equalBytes(head, room.state.fold.head)) throw new ProtocolError('sync/stale', { detail: 'state' });
    const event = {
      ...base,
      ...describe(epoch, { id: stateKeyId(key), previous: sealed }),
    } as KnownStateEvent;
    const signed = signStateEvent(event, this.#context.self.identity);
    await this.#writer.write(room, signed, key);
    return signed;
  }

  /**
   * What every state event of this device says now: the heads are those of the counter that it names, so that it can't slip
   * in behind what this device has not read.
   * @throws ProtocolError `sync/stale`
   */
  async #base(): Promise<StateEventBase> {
    const { self } = this.#context;
    const { counter } = this.#room;
    if (!(await this.#founder.isStateComplete())) throw new ProtocolError('sync/stale', { detail: 'state' });
    return {
      conversation: this.#room.id,
      parents: this.#room.state.fold.heads,
      device: self.device,
      account: self.account,
      clock: this.#context.tick(),
      counter: counter + 1,
    };
  }

  get #epoch(): number {
    return this.#room.state.fold.state?.epoch ?? 0;
  }

  /** A key that was given out for this epoch before is used, unless somebody has it who is to be without. */
  async #nextKey(epoch: number, isClean: boolean): Promise<{ key: Uint8Array; fresh: boolean }> {
    const room = this.#room;
    const made = room.facts?.nextKey;
    if (isClean && made?.epoch === epoch) return { key: made.key, fresh: false };
    const key = createStateKey();
    const by = this.#context.self.account;
    await room.changeFacts(
      (facts) =>
        facts && {
          ...facts,
          nextKey: { epoch, key },
          stateKeys: withKey(facts.stateKeys, { by, key }),
        },
    );
    await room.alone(() => room.state.addKeys([key]));
    return { key, fresh: true };
  }

  async #chainOf(epoch: number): Promise<OwnChain> {
    const { self, keys, archive } = this.#context;
    const { device, generation } = self;
    const known = this.#room.chains.own({ epoch, generation });
    if (known) return known;
    const name = { conversation: this.#room.id, epoch, device, generation };
    const change = this.#room.chains.create(name, self.account);
    const reading = readOwnChain(change.chain, self.account);
    const signature = signChain(reading, reading.distribution.signingKey, self.identity);
    const archived = await archive.chain(reading, { key: self.identity.publicKey, signature });
    await keys.write([...change.writes, proofWrite(reading, signature), ...archived.writes]);
    change.done();
    archived.done();
    return change.chain;
  }

  #recipients(): readonly Recipient[] {
    return this.#room.state.fold.state?.members ?? [];
  }

  #readiness({ epoch, generation }: OwnChain): string {
    const { revision } = this.#context.people;
    return [epoch, generation, revision, this.#room.state.fold.head.join()].join(' ');
  }
}

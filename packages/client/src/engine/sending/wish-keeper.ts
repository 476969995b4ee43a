import type { AccountId, DeviceId } from '@sotto/protocol';
import { ProtocolError } from '@sotto/protocol';
import { isAccountError } from '../../account/errors.js';
import { isConversationError } from '../../conversation/errors.js';
import type { ConversationState } from '../../conversation/state-fold.js';
import { isCryptoError } from '../../crypto/index.js';
import type { DeviceContext } from '../context/device-context.js';
import type { QueuedWish, Wish } from '../context/wishes.js';
import type { Room } from '../room/room.js';
import { sayFarewell } from './farewell.js';
import { feedEnds } from './feed-ends.js';
import { PastSharing } from './past-sharing.js';
import { isStale, type RoomFounder } from './room-founder.js';
import type { RoomKeys } from './room-keys.js';
import type { SealingGate } from './sealing-gate.js';

type Wished<T extends Wish['type']> = Extract<Wish, { type: T }>;

/** What came of looking at the wishes of a room. */
export type Step = 'nothing' | 'done' | 'waits';

/** Carries out the wishes of one room, in order: each by the state that stands when its turn comes. */
export class WishKeeper {
  readonly #context: DeviceContext;
  readonly #room: Room;
  readonly #founder: RoomFounder;
  readonly #keys: RoomKeys;
  readonly #past: PastSharing;
  readonly #gate: SealingGate;

  constructor(
    context: DeviceContext,
    room: Room,
    parts: { readonly founder: RoomFounder; readonly keys: RoomKeys; readonly gate: SealingGate },
  ) {
    this.#context = context;
    this.#room = room;
    this.#founder = parts.founder;
    this.#keys = parts.keys;
    this.#gate = parts.gate;
    this.#past = new PastSharing(context, room);
  }

  /** This account does not belong any more: nothing it wishes is carried out. */
  async giveUp(): Promise<void> {
    const waiting = this.#context.wishes.waiting(this.#room.id);
    for (const queued of waiting) {
      if (queued.wish.type === 'leave') await this.#context.wishes.remove(queued.id);
      else await this.#context.wishes.refuse(queued, 'sync/not-a-member');
    }
    if (waiting.length > 0) await this.#changed();
  }

  /**
   * Carries out the next wish.
   * @throws ProtocolError when it has to wait; what is refused for good is kept with its wish
   */
  async step(): Promise<Step> {
    const [queued] = this.#context.wishes.waiting(this.#room.id);
    if (!queued) return 'nothing';
    await this.#founder.resume();
    // New keys are sealed by it, and what somebody said counts as far as it is here.
    const isReady = async () => (await this.#founder.isStateComplete()) && (await this.#gate.passed());
    if (this.#room.counter > 0 && !(await isReady())) return 'waits';
    try {
      await this.#carryOut(queued.wish);
      await this.#context.wishes.remove(queued.id);
    } catch (error) {
      await this.#refused(queued, error);
    }
    await this.#changed();
    return 'done';
  }

  async #refused(queued: QueuedWish, error: unknown): Promise<void> {
    if (isStale(error)) this.#founder.askForState();
    if (error instanceof ProtocolError && error.retry === 'never' && error.code !== 'sync/fork')
      await this.#context.wishes.refuse(queued, error.code);
    else if (isAccountError(error) || isCryptoError(error) || isConversationError(error))
      await this.#context.wishes.refuse(queued, 'client/keys-untrusted');
    else throw error;
  }

  async #carryOut(wish: Wish): Promise<void> {
    if (this.#room.counter === 0) await this.#create();
    const state = this.#room.meaning;
    if (!state) throw new ProtocolError('service/unavailable', { detail: 'no state' });
    switch (wish.type) {
      case 'create':
        return;
      case 'add':
        return this.#add(state, wish);
      case 'remove':
        return this.#remove(state, wish);
      case 'leave':
        return this.#keys.write({ type: 'leave', body: {} });
      default:
        return this.#simple(state, wish);
    }
  }

  /** The keys go first: who hears of the group can read it at once. */
  async #create(): Promise<void> {
    await this.#founder.creation();
    await this.#keys.share(await this.#keys.chain());
    await this.#founder.create();
  }

  /** Who joins is given keys once the event stands: nobody is told of what may be refused. */
  async #add(state: ConversationState, { people }: Wished<'add'>): Promise<void> {
    const joining = people.filter((account) => !isIn(state, account));
    if (joining.length > 0) {
      const members = await Promise.all(
        joining.map(async (account) => {
          const { identity } = await this.#context.people.fresh(account);
          return { account, identity, role: 'member' as const };
        }),
      );
      await this.#keys.write({ type: 'add', body: { members } });
    }
    const chain = await this.#keys.chain();
    if (!(await this.#keys.isOver(chain))) await this.#keys.share(chain);
    else await this.#keys.begin();
    if (this.#room.meaning?.sharesPast) await this.#past.give(people);
  }

  async #remove(state: ConversationState, { account }: Wished<'remove'>): Promise<void> {
    if (!isIn(state, account)) return;
    const staying = state.members.filter((member) => member.account !== account);
    const { history } = this.#room;
    // Everything of theirs that is here counts.
    const isTheirs = (device: DeviceId) => history.authorOf(device) === account;
    const members = [{ account, feeds: await feedEnds(this.#context, this.#room, isTheirs) }];
    const event = await this.#keys.raise(staying, (epoch, key) => ({
      type: 'remove',
      body: { members, epoch, key },
    }));
    this.#context.guard(() => sayFarewell(this.#context, this.#room.id, account, event));
  }

  async #simple(state: ConversationState, wish: Wished<'role' | 'rename' | 'past'>): Promise<void> {
    const event = describe(state, wish);
    if (event) await this.#keys.write(event);
  }

  async #changed(): Promise<void> {
    await this.#room.alone(() => this.#room.settle());
  }
}

/** @returns undefined where it is so already. @throws ProtocolError `auth/not-found` for who is not in */
function describe(
  state: ConversationState,
  wish: Wished<'role' | 'rename' | 'past'>,
): Parameters<RoomKeys['write']>[0] | undefined {
  switch (wish.type) {
    case 'role': {
      const { account, role } = wish;
      const member = state.members.find((one) => one.account === account);
      if (!member) throw new ProtocolError('auth/not-found', { detail: 'not a member' });
      return member.role === role ? undefined : { type: 'role', body: { account, role } };
    }
    case 'rename':
      return state.name === wish.name ? undefined : { type: 'rename', body: { name: wish.name } };
    case 'past':
      return state.sharesPast === wish.shared ? undefined : { type: 'past', body: { shared: wish.shared } };
  }
}

function isIn(state: ConversationState, account: AccountId): boolean {
  return state.members.some((member) => member.account === account);
}

import type { ConversationId } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import type { ReceivedChain } from '../../conversation/chain.js';
import { signChain } from '../../conversation/chain-signature.js';
import type { DistributionId } from '../../conversation/fields.js';
import { equalBytes } from '../../conversation/hash.js';
import type { KeyRecord } from '../../conversation/key-record.js';
import type { RequestRecord } from '../../conversation/request-record.js';
import { advance, encodeDistributionMessage } from '../../crypto/index.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { storedChain } from '../room/room-chains.js';
import { givenFrom } from '../sending/given-chains.js';
import { Pairwise } from '../sending/pairwise.js';
import { AnswerPace } from './answer-pace.js';
import type { Address } from './lost-sessions.js';

/** A room with what gives its current chain to whoever is entitled and lacks it. */
export interface Giver {
  readonly room: Room;
  readonly sender: { shareCurrent(): Promise<void>; currentChain(): DistributionId | undefined };
}

/** What answering needs of the device. */
export interface Answerer {
  readonly context: DeviceContext;
  room(conversation: ConversationId): Promise<Giver | undefined>;
}

/**
 * Answers requests for chains of this device (SPEC X18). A device gets again what it was given before, from the same iteration on, and
 * the chain of now if it is entitled to it: nothing else, whoever asks.
 */
export class Answering {
  readonly #answerer: Answerer;
  readonly #pairwise: Pairwise;
  readonly #pace: AnswerPace;

  constructor(answerer: Answerer) {
    this.#answerer = answerer;
    this.#pairwise = new Pairwise(answerer.context);
    this.#pace = new AnswerPace(() => answerer.context.now());
  }

  async answer(from: Address, { conversations }: RequestRecord): Promise<void> {
    for (const { conversation, chains } of conversations) {
      const giver = await this.#answerer.room(conversation);
      if (!giver) continue;
      const current = giver.sender.currentChain();
      const asked = chains.length > 0 ? chains : current ? [current] : [];
      let isLacking = false;
      for (const id of asked) {
        const given = await this.#give(from, giver.room, id);
        isLacking ||= !given && id === current;
      }
      if (isLacking) await giver.sender.shareCurrent();
    }
  }

  /** @returns false when it was never given: whether it is entitled is for others to decide */
  async #give(from: Address, room: Room, id: DistributionId): Promise<boolean> {
    const { keys, self, sendPosts } = this.#answerer.context;
    const chain = await storedChain(keys, room.id, id);
    if (chain?.device !== self.device) return true;
    const iteration = await givenFrom(keys, id, from.device);
    if (iteration === undefined) return false;
    const stateKey = room.state.latestKey;
    if (!stateKey || !(await this.#isMember(from, room)) || !this.#pace.admits(from.device, id)) return true;
    const tag = `again/${id}/${from.device}`;
    if (
      await this.#pairwise.post(
        from.account,
        from.device,
        tag,
        this.#record(room, chain, { iteration, stateKey }),
      )
    )
      await sendPosts(logName('i', from.device));
    return true;
  }

  /** Of somebody who belongs, under the account key that the conversation names, on the list as it is now. */
  async #isMember({ account, device }: Address, room: Room): Promise<boolean> {
    const member = room.state.fold.state?.members.find((one) => one.account === account);
    const { identity, list } = await this.#answerer.context.people.fresh(account);
    const isListed = list.list.devices.some(({ id }) => id === device);
    return isListed && (member?.identities.some((named) => equalBytes(named, identity)) ?? false);
  }

  #record(
    room: Room,
    chain: ReceivedChain,
    { iteration, stateKey }: { iteration: number; stateKey: Uint8Array },
  ): KeyRecord {
    const { conversation, epoch, generation, distribution } = chain;
    const { chainKey } = advance(distribution, Math.max(iteration, distribution.iteration));
    return {
      type: 'chain',
      ...{ conversation, epoch, generation },
      distribution: encodeDistributionMessage({ ...distribution, iteration, chainKey }),
      signature: signChain(chain, distribution.signingKey, this.#answerer.context.self.identity),
      stateKey,
      state: room.state.signedEvents().slice(0, 1),
    };
  }
}

import type { AccountId, ConversationId, DeviceId, Position } from '@sotto/protocol';
import { documentName, encodeStruct, feedRoot, joinUpdate, logName, randomId } from '@sotto/protocol';
import type { ReceivedChain } from '../../conversation/chain.js';
import { type EnvelopeBinding, sealEnvelope } from '../../conversation/envelope.js';
import { createMessage, encodeEvent, eventHash } from '../../conversation/event.js';
import { createOwnChain, type OwnChain, readOwnChain } from '../../conversation/own-chain.js';

/** An envelope at its place, as a server has it. */
export interface Sealed {
  readonly position: Position;
  readonly device: DeviceId;
  readonly envelope: Uint8Array;
}

/** Another device that writes into a log of a conversation. */
export class Writer {
  readonly conversation: ConversationId;
  readonly account: AccountId;
  readonly device: DeviceId;
  readonly chain: OwnChain;
  readonly log: 'm' | 'r';
  client: number;
  segment = 0;
  clock = 0;
  seq = 0;
  prev: Uint8Array = new Uint8Array(16);
  iteration = 0;
  #wall = 1_760_000_000_000;

  constructor(options: {
    conversation: ConversationId;
    account?: AccountId;
    device?: DeviceId;
    client?: number;
    epoch?: number;
    log?: 'm' | 'r';
  }) {
    this.conversation = options.conversation;
    this.account = options.account ?? randomId<AccountId>();
    this.device = options.device ?? randomId<DeviceId>();
    this.client = options.client ?? 1 + Math.floor(Math.random() * 2 ** 52);
    this.log = options.log ?? 'm';
    const { conversation, device } = this;
    this.chain = createOwnChain({ conversation, epoch: options.epoch ?? 0, device, generation: 1 });
  }

  /** What others are given of the chain. */
  received(): ReceivedChain {
    return readOwnChain(this.chain, this.account);
  }

  /** Where the next envelope lies. */
  get position(): Position {
    const document = documentName(logName(this.log, this.conversation), this.segment);
    return { document, client: this.client, clock: this.clock };
  }

  say(text: string): Promise<Sealed> {
    this.#wall += 1_000;
    return this.seal(encodeEvent(createMessage({ text, clock: { wall: this.#wall, counter: 0 } })));
  }

  /** Seals an event for the next place. @param more what is bound other than it should be */
  async seal(event: Uint8Array, more: Partial<EnvelopeBinding> = {}): Promise<Sealed> {
    const { position, device } = this;
    const envelope = await sealEnvelope({
      chain: this.chain,
      iteration: this.iteration,
      binding: {
        log: this.log,
        segment: this.segment,
        client: this.client,
        clock: this.clock,
        seq: this.seq,
        prev: this.prev,
        stateHead: new Uint8Array(16),
        listVersion: 1,
        ...more,
      },
      event,
    });
    this.clock += 1;
    this.seq += 1;
    this.iteration += 1;
    this.prev = eventHash(event);
    return { position, device, envelope };
  }
}

/** The update that a server sends of some envelopes of one document. */
export function updateOf(sealed: readonly Sealed[]): Uint8Array {
  return joinUpdate(
    sealed.map(({ position, device, envelope }) => ({
      ...position,
      body: encodeStruct(feedRoot(device, position.client), position.client, position.clock, envelope),
    })),
  );
}

import { storedDevice } from '@sotto/client/account';
import {
  type KnownStateEvent,
  readStateEvent,
  type StateEventBase,
  sealStateEnvelope,
  signStateEvent,
} from '@sotto/client/conversation';
import type { AccountId, ConversationId } from '@sotto/protocol';
import { readAnyCbor } from '@sotto/protocol/testing';
import { putEnvelope, signedStateEvents, stateDocument } from '../../engine/testing/state-log.js';
import { storesWithin } from '../../engine/testing/stores-within.js';
import { accountOf } from '../../people/account.js';
import type { Person } from '../../people/person.js';
import type { Name } from './beginning.js';
import type { World } from './world.js';

/** Somebody who works for the server: it writes into logs what they sign, whoever may or may not. */
export interface Insider {
  readonly person: Person;
  readonly account: AccountId;
  /** Hashes of the state events that the server holds: of all of them. */
  history(conversation: ConversationId): Promise<Uint8Array[]>;
  /** Those events as they were signed, whoever's they are. */
  signed(conversation: ConversationId): Promise<Uint8Array[]>;
  /** Puts a signed event into the state log, sealed by the newest key that they have or by the first. */
  put(conversation: ConversationId, signed: Uint8Array): Promise<void>;
  /** Puts an event of theirs into the state log, upon what the server asks for. */
  write(
    conversation: ConversationId,
    parents: readonly Uint8Array[],
    make: (base: StateEventBase) => KnownStateEvent,
  ): Promise<void>;
}

/** As much as is used of what a device keeps of a conversation. */
interface Facts {
  readonly stateKeys: readonly { readonly key: Uint8Array }[];
}

export async function insider(world: World, name: Name): Promise<Insider> {
  const within = storesWithin();
  const person = await world.person(name, { profiles: within.profiles });
  const account = await accountOf(person);
  const stateKeys = async (conversation: ConversationId) => {
    const kept = await within.now.keys.get(`conversation/${conversation}`);
    return (readAnyCbor(kept!) as Facts).stateKeys.map(({ key }) => key);
  };
  const signed = async (conversation: ConversationId) =>
    signedStateEvents(world.servers, conversation, await stateKeys(conversation));
  const put = async (conversation: ConversationId, event: Uint8Array) => {
    const { device } = (await storedDevice(within.now.keys))!;
    const document = stateDocument(conversation);
    const key = (await stateKeys(conversation)).at(-1)!;
    await putEnvelope(world.servers, document, device, (client) =>
      sealStateEnvelope({ key, position: { document, client, clock: 0 }, signed: event }),
    );
  };
  return {
    person,
    account,
    signed,
    put,
    history: async (conversation) => (await signed(conversation)).map((event) => readStateEvent(event).hash),
    async write(conversation, parents, make) {
      const { device, identity } = (await storedDevice(within.now.keys))!;
      const clock = { wall: Date.now(), counter: 0 };
      const event = make({ conversation, parents, device, account, clock, counter: 50 });
      await put(conversation, signStateEvent(event, identity));
    },
  };
}

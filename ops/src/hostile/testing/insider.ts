import { storedDevice } from '@sotto/client/account';
import {
  type KnownStateEvent,
  openStateEnvelope,
  readStateEvent,
  type StateEventBase,
  sealStateEnvelope,
  signStateEvent,
} from '@sotto/client/conversation';
import { type DeviceStores, openNodeProfiles } from '@sotto/client/store/node';
import {
  type AccountId,
  ANSWER,
  type ConversationId,
  documentName,
  encodeStruct,
  feedRoot,
  joinUpdate,
  logName,
  parseUpdate,
} from '@sotto/protocol';
import { readAnyCbor } from '@sotto/protocol/testing';
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
  let stores: DeviceStores | undefined;
  const person = await world.person(name, {
    profiles: (folder) =>
      openNodeProfiles(folder, (opened) => {
        stores = opened;
        return opened;
      }),
  });
  const account = await accountOf(person);
  const stateKeys = async (conversation: ConversationId) => {
    const kept = await stores!.keys.get(`conversation/${conversation}`);
    return (readAnyCbor(kept!) as Facts).stateKeys.map(({ key }) => key);
  };
  const state = (conversation: ConversationId) => documentName(logName('s', conversation), 0);
  const signed = async (conversation: ConversationId) => {
    const document = state(conversation);
    const records = await world.servers.stores.log.read(document, new Map());
    const keys = await stateKeys(conversation);
    const events: Uint8Array[] = [];
    for (const { client, records: run, structs } of parseUpdate(joinUpdate(records), document, ANSWER))
      for (const [index, { envelope }] of structs.entries()) {
        const position = { document, client, clock: run[index]!.clock };
        const opened = await openStateEnvelope({ bytes: envelope, position, keys });
        if (opened.status === 'open') events.push(opened.signed);
      }
    return events;
  };
  const put = async (conversation: ConversationId, event: Uint8Array) => {
    const { device } = (await storedDevice(stores!.keys))!;
    const client = 1_000_000 + Math.floor(Math.random() * 1_000_000);
    const position = { document: state(conversation), client, clock: 0 };
    const key = (await stateKeys(conversation)).at(-1)!;
    const envelope = await sealStateEnvelope({ key, position, signed: event });
    const body = encodeStruct(feedRoot(device, client), client, 0, envelope);
    await world.servers.stores.log.append([{ ...position, body }]);
  };
  return {
    person,
    account,
    signed,
    put,
    history: async (conversation) => (await signed(conversation)).map((event) => readStateEvent(event).hash),
    async write(conversation, parents, make) {
      const { device, identity } = (await storedDevice(stores!.keys))!;
      const clock = { wall: Date.now(), counter: 0 };
      const event = make({ conversation, parents, device, account, clock, counter: 50 });
      await put(conversation, signStateEvent(event, identity));
    },
  };
}

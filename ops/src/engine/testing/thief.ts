import { storedDevice } from '@sotto/client/account';
import {
  createMessage,
  decodeOwnChain,
  encodeEvent,
  eventHash,
  type KnownStateEvent,
  readStateEvent,
  type StateEventBase,
  sealEnvelope,
  sealStateEnvelope,
  signStateEvent,
} from '@sotto/client/conversation';
import type { DeviceStores } from '@sotto/client/store/node';
import { type AccountId, type ConversationId, type DeviceId, documentName, logName } from '@sotto/protocol';
import { readAnyCbor } from '@sotto/protocol/testing';
import { accountOf } from '../../people/account.js';
import { PASSWORD, type Person } from '../../people/person.js';
import type { RunningServers } from './running-servers.js';
import { putEnvelope, signedStateEvents, stateDocument } from './state-log.js';
import { type StoresWithin, storesWithin } from './stores-within.js';

/** What was on a device when it was stolen, in the hands of whoever has the server write into its logs. */
export interface Thief {
  readonly account: AccountId;
  readonly device: DeviceId;
  /** Says something after the last that the device said, under the keys that it had. */
  say(conversation: ConversationId, text: string): Promise<void>;
  /** Signs something upon the state that the device knew. */
  write(conversation: ConversationId, make: (base: StateEventBase) => KnownStateEvent): Promise<void>;
}

/** As much as is used of what a device keeps of a conversation, and of its own feed in it. */
interface Facts {
  readonly stateKeys: readonly { readonly key: Uint8Array }[];
}
interface Feed {
  readonly seq: number;
  readonly prev: Uint8Array;
}

/** One more device of somebody's, whose stores can be looked into. */
export async function openDeviceOf(
  open: (options: Pick<StoresWithin, 'profiles'>) => Promise<Person>,
): Promise<{ readonly person: Person; readonly within: StoresWithin }> {
  const within = storesWithin();
  const person = await open({ profiles: within.profiles });
  await person.engine.calls.signIn({ login: person.name, password: PASSWORD });
  await person.untilOnline();
  return { person, within };
}

/** Takes what a device has of some conversations; it can be closed then. */
export async function steal(
  servers: RunningServers,
  { person, within }: Awaited<ReturnType<typeof openDeviceOf>>,
  conversations: readonly ConversationId[],
): Promise<Thief> {
  const account = await accountOf(person);
  const { keys } = within.now;
  const { device, identity } = (await storedDevice(keys))!;
  const loot = new Map(
    await Promise.all(conversations.map(async (id) => [id, await lootOf(servers, keys, id)] as const)),
  );
  return {
    account,
    device,
    say: (conversation, text) => {
      const stolen = loot.get(conversation)!;
      const document = documentName(logName('m', conversation), 0);
      return putEnvelope(servers, document, device, async (client) => {
        const event = encodeEvent(createMessage({ text, clock: { wall: Date.now(), counter: 0 } }));
        const { seq, prev } = stolen;
        const place = { log: 'm', segment: 0, client, clock: 0, seq, prev } as const;
        const binding = { ...place, stateHead: new Uint8Array(16), listVersion: 1 };
        const sealed = await sealEnvelope({
          chain: stolen.chain,
          iteration: stolen.iteration,
          binding,
          event,
        });
        stolen.seq += 1;
        stolen.iteration += 1;
        stolen.prev = eventHash(event);
        return sealed;
      });
    },
    write: (conversation, make) => {
      const { parents, stateKey } = loot.get(conversation)!;
      const document = stateDocument(conversation);
      const clock = { wall: Date.now(), counter: 0 };
      const event = make({ conversation, parents, device, account, clock, counter: 50 });
      const signed = signStateEvent(event, identity);
      return putEnvelope(servers, document, device, (client) =>
        sealStateEnvelope({ key: stateKey, position: { document, client, clock: 0 }, signed }),
      );
    },
  };
}

async function lootOf(servers: RunningServers, keys: DeviceStores['keys'], id: ConversationId) {
  const chains = (await keys.list(`chain/own/${id}/`)).map(([, value]) => decodeOwnChain(value));
  const chain = chains.sort((a, b) => b.epoch - a.epoch)[0]!;
  const { seq, prev } = readAnyCbor((await keys.get(`feed/${logName('m', id)}`))!) as Feed;
  const facts = readAnyCbor((await keys.get(`conversation/${id}`))!) as Facts;
  const stateKeys = facts.stateKeys.map(({ key }) => key);
  const signed = await signedStateEvents(servers, id, stateKeys);
  const parents = signed.map((event) => readStateEvent(event).hash);
  return { chain, iteration: chain.nextIteration, seq, prev, stateKey: stateKeys.at(-1)!, parents };
}

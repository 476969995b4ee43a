import { storedDevice } from '@sotto/client/account';
import {
  createMessage,
  decodeOwnChain,
  encodeEvent,
  eventHash,
  type KnownStateEvent,
  openStateEnvelope,
  readStateEvent,
  type StateEventBase,
  sealEnvelope,
  sealStateEnvelope,
  signStateEvent,
} from '@sotto/client/conversation';
import { type DeviceStores, openNodeProfiles } from '@sotto/client/store/node';
import {
  type AccountId,
  ANSWER,
  type ConversationId,
  type DeviceId,
  type DocumentName,
  documentName,
  encodeStruct,
  feedRoot,
  joinUpdate,
  logName,
  parseUpdate,
} from '@sotto/protocol';
import { readAnyCbor } from '@sotto/protocol/testing';
import { accountOf } from '../../people/account.js';
import { PASSWORD, type Person } from '../../people/person.js';
import type { RunningServers } from './running-servers.js';

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
  open: (options: { profiles: (folder: string) => ReturnType<typeof openNodeProfiles> }) => Promise<Person>,
): Promise<{ readonly person: Person; readonly stores: () => DeviceStores }> {
  let stores: DeviceStores | undefined;
  const person = await open({
    profiles: (folder) =>
      openNodeProfiles(folder, (opened) => {
        stores = opened;
        return opened;
      }),
  });
  await person.engine.calls.signIn({ login: person.name, password: PASSWORD });
  await person.untilOnline();
  return { person, stores: () => stores! };
}

/** Takes what a device has of some conversations; it can be closed then. */
export async function steal(
  servers: RunningServers,
  { person, stores }: Awaited<ReturnType<typeof openDeviceOf>>,
  conversations: readonly ConversationId[],
): Promise<Thief> {
  const account = await accountOf(person);
  const { keys } = stores();
  const { device, identity } = (await storedDevice(keys))!;
  const loot = new Map(
    await Promise.all(conversations.map(async (id) => [id, await lootOf(servers, keys, id)] as const)),
  );
  const append = async (document: DocumentName, seal: (client: number) => Promise<Uint8Array>) => {
    const client = 1_000_000 + Math.floor(Math.random() * 1_000_000);
    const body = encodeStruct(feedRoot(device, client), client, 0, await seal(client));
    await servers.stores.log.append([{ document, client, clock: 0, body }]);
  };
  return {
    account,
    device,
    say: (conversation, text) => {
      const stolen = loot.get(conversation)!;
      const document = documentName(logName('m', conversation), 0);
      return append(document, async (client) => {
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
      const document = documentName(logName('s', conversation), 0);
      const clock = { wall: Date.now(), counter: 0 };
      const event = make({ conversation, parents, device, account, clock, counter: 50 });
      const signed = signStateEvent(event, identity);
      return append(document, (client) =>
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
  const parents = await stateHashes(servers, id, stateKeys);
  return { chain, iteration: chain.nextIteration, seq, prev, stateKey: stateKeys.at(-1)!, parents };
}

/** Hashes of the state events that the server holds, as far as these keys open them. */
async function stateHashes(
  servers: RunningServers,
  conversation: ConversationId,
  keys: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const document = documentName(logName('s', conversation), 0);
  const records = await servers.stores.log.read(document, new Map());
  const hashes: Uint8Array[] = [];
  for (const { client, records: run, structs } of parseUpdate(joinUpdate(records), document, ANSWER))
    for (const [index, { envelope }] of structs.entries()) {
      const position = { document, client, clock: run[index]!.clock };
      const opened = await openStateEnvelope({ bytes: envelope, position, keys });
      if (opened.status === 'open') hashes.push(readStateEvent(opened.signed).hash);
    }
  return hashes;
}

/** How many state events of a conversation the server holds. */
export async function stateEvents({ stores }: RunningServers, conversation: ConversationId): Promise<number> {
  return (await stores.log.read(documentName(logName('s', conversation), 0), new Map())).length;
}

const WAIT_MS = 15_000;
const STEP_MS = 50;

/** Waits until the server holds so many. */
export async function untilStateEvents(
  servers: RunningServers,
  conversation: ConversationId,
  count: number,
): Promise<void> {
  for (let waited = 0; (await stateEvents(servers, conversation)) < count; waited += STEP_MS) {
    if (waited > WAIT_MS) throw new Error(`${count} state events did not come`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

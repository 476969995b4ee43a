import type { ConversationId } from '@sotto/protocol';
import { knownDevice } from '../../account/pinned-list.js';
import type {
  ArchivedChain,
  ArchivedConversation,
  ArchiveRecord,
} from '../../conversation/archive-record.js';
import { distributionId, mergeChains, type ReceivedChain } from '../../conversation/chain.js';
import { directConversationId } from '../../conversation/direct.js';
import { isConversationError } from '../../conversation/errors.js';
import type { DistributionId } from '../../conversation/fields.js';
import { equalBytes } from '../../conversation/hash.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { receivedChainWrite, storedChain } from '../room/room-chains.js';
import { decodeFacts, FACTS_PREFIX, factsWrite, type RoomFacts, withRecord } from '../room/room-facts.js';
import type { Scope } from '../room/scope.js';

/** The rooms of a device, as far as the archive knows of them. */
export interface ArchivedRooms {
  has(id: ConversationId): boolean;
  /** A room that is loaded or being loaded. */
  loadedRoom(id: ConversationId): Promise<Room> | undefined;
  /** A conversation that the archive told of is known from now on. */
  adopt(id: ConversationId, scope: Scope): void;
}

/** Changes of the key store that go into one write. */
const BATCH = 256;

interface Archived {
  readonly chains: ArchivedChain[];
  readonly conversations: ArchivedConversation[];
}

/**
 * Keeps what the archive holds where rooms read it, whether they are loaded or not.
 * @returns conversations that this device did not know before
 */
export async function installArchived(
  context: DeviceContext,
  rooms: ArchivedRooms,
  records: readonly ArchiveRecord[],
): Promise<ConversationId[]> {
  const archived = await byConversation(context, records);
  const unloaded: [ConversationId, Archived][] = [];
  for (const [id, of] of archived) {
    const loaded = await rooms.loadedRoom(id);
    if (loaded) await giveRoom(context, loaded, of);
    else unloaded.push([id, of]);
  }
  const writes = (await Promise.all(unloaded.map(([id, of]) => unloadedWrites(context, id, of)))).flat();
  for (let at = 0; at < writes.length; at += BATCH) await context.keys.write(writes.slice(at, at + BATCH));
  const adopted: ConversationId[] = [];
  for (const [id, of] of archived) {
    // It may have been loaded while this was written.
    const loaded = await rooms.loadedRoom(id);
    if (loaded) await giveRoom(context, loaded, of);
    const scope = scopeOf(context, of);
    if (!scope || rooms.has(id)) continue;
    rooms.adopt(id, scope);
    adopted.push(id);
  }
  return adopted;
}

async function byConversation(
  context: DeviceContext,
  records: readonly ArchiveRecord[],
): Promise<Map<ConversationId, Archived>> {
  const found = new Map<ConversationId, Archived>();
  const believed = await Promise.all(
    records.map((record) => record.type === 'conversation' || isAuthors(context, record)),
  );
  for (const [index, record] of records.entries()) {
    const id = record.type === 'chain' ? record.chain.conversation : record.conversation;
    const archived = found.get(id) ?? { chains: [], conversations: [] };
    found.set(id, archived);
    if (record.type === 'conversation') archived.conversations.push(record);
    else if (believed[index]) archived.chains.push(record);
  }
  return found;
}

/** Where a verified list named the author's device, it has the last word; else the archiver's, who had one that did. */
async function isAuthors({ people }: DeviceContext, { chain, key }: ArchivedChain): Promise<boolean> {
  const person = await people.known(chain.account);
  const named = person && knownDevice(person.list, chain.device);
  return !named || equalBytes(named.key, key);
}

async function giveRoom(
  context: DeviceContext,
  room: Room,
  { chains, conversations }: Archived,
): Promise<void> {
  let came = false;
  for (const { chain } of chains) {
    if (room.chains.holds(chain)) continue;
    const change = unlessRefused(() => room.chains.accept(chain));
    if (!change || change.writes.length === 0) continue;
    await context.keys.write(change.writes);
    change.done();
    came = true;
  }
  for (const record of conversations) {
    const before = room.facts;
    await room.changeFacts((facts) => withRecord(facts, room.scope, context.self.account, record));
    came ||= room.facts !== before;
    if (room.facts !== before) await room.alone(() => room.learn(record.stateKey, record.state));
  }
  if (came) await room.keysArrived();
}

async function unloadedWrites(
  context: DeviceContext,
  id: ConversationId,
  archived: Archived,
): Promise<KeyWrite[]> {
  const writes: KeyWrite[] = [];
  const chains = new Map<DistributionId, ReceivedChain | undefined>();
  const learn = async (name: DistributionId) => {
    chains.set(name, await storedChain(context.keys, id, name));
  };
  // Asked for at once, they are read at once.
  const [value] = await Promise.all([
    context.keys.get(`${FACTS_PREFIX}${id}`),
    ...archived.chains.map(({ chain }) => learn(distributionId(chain))),
  ]);
  const stored = new Map(chains);
  for (const { chain } of archived.chains) {
    const name = distributionId(chain);
    const known = chains.get(name);
    chains.set(name, known ? (unlessRefused(() => mergeChains(known, chain)) ?? known) : chain);
  }
  for (const [name, chain] of chains)
    if (chain && chain !== stored.get(name)) writes.push(receivedChainWrite(chain));
  const scope = scopeOf(context, archived);
  if (!scope) return writes;
  const before = value && decodeFacts(value);
  const facts = archived.conversations.reduce<RoomFacts | undefined>(
    (known, record) => withRecord(known, scope, context.self.account, record),
    before,
  );
  if (facts && facts !== before) writes.push(factsWrite(id, facts));
  return writes;
}

/** Between whom, as an own device said when it archived the state key; of a direct conversation the id must agree. */
function scopeOf({ self }: DeviceContext, { conversations }: Archived): Scope | undefined {
  const [first] = conversations;
  if (!first) return undefined;
  const { peer, conversation } = first;
  if (peer === null) return { kind: 'group' };
  const isTheirs = peer !== self.account && directConversationId(self.account, peer) === conversation;
  return isTheirs ? { kind: 'direct', peer } : undefined;
}

/** What an own device archived may contradict what came over its author's session: that stays. */
function unlessRefused<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!isConversationError(error)) throw error;
    return undefined;
  }
}

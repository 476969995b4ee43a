import type { AccountId, ConversationId } from '@sotto/protocol';
import { decodeCbor, encodeCbor, ProtocolError, schemas, toBase64url } from '@sotto/protocol';
import * as v from 'valibot';
import { isAccountError } from '../../account/errors.js';
import { type FoundDevice, knownDevice } from '../../account/pinned-list.js';
import { receiveChain } from '../../conversation/chain.js';
import { verifyChain } from '../../conversation/chain-signature.js';
import { isBounded } from '../../conversation/departures.js';
import { isConversationError } from '../../conversation/errors.js';
import { sha256 } from '../../conversation/hash.js';
import { decodeInboxRecord, encodeInboxRecord } from '../../conversation/inbox-record.js';
import type { PastChain, PastRecord } from '../../conversation/past-record.js';
import type { KeyWrite } from '../../store/key-store.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { type Change, proofWrite } from '../room/room-chains.js';
import type { Sender } from './inbox-reader.js';
import type { Rooms } from './rooms.js';

/** In the key store: what waits to be judged. */
const PREFIX = 'past/';
/** Records kept until they can be judged; whoever sends more gains nothing by it. */
const MAX_KEPT = 256;
const keptSchema = v.strictObject({ by: schemas.accountId, record: v.instance(Uint8Array) });

/**
 * Takes in what was said before this account joined. A record is kept first: whose chains these are is known only once the state
 * and the lists of their authors are.
 */
export class PastJudging {
  readonly #context: DeviceContext;
  readonly #rooms: Rooms;
  readonly #aside: <T>(task: () => Promise<T>) => Promise<T>;

  /** @param aside runs a task while no inbox record is being worked on: both keep chains */
  constructor(context: DeviceContext, rooms: Rooms, aside: <T>(task: () => Promise<T>) => Promise<T>) {
    this.#context = context;
    this.#rooms = rooms;
    this.#aside = aside;
  }

  async take(from: Sender, record: PastRecord): Promise<Change> {
    const { keys, guard } = this.#context;
    if (!this.#rooms.has(record.conversation) || (await keys.list(PREFIX)).length >= MAX_KEPT)
      return { writes: [], done: () => {} };
    const encoded = encodeInboxRecord(record);
    const key = `${PREFIX}${record.conversation}/${toBase64url(sha256(encoded).slice(0, 16))}`;
    const value = encodeCbor({ by: from.account, record: encoded });
    return { writes: [{ key, value }], done: () => guard(() => this.install(record.conversation)) };
  }

  /** Judges what was kept of a conversation. */
  async install(conversation: ConversationId): Promise<void> {
    const kept = await this.#context.keys.list(`${PREFIX}${conversation}/`);
    if (kept.length > 0) await this.#aside(() => this.#install(kept));
  }

  async #install(kept: readonly [key: string, value: Uint8Array][]): Promise<void> {
    const { keys } = this.#context;
    for (const [key, value] of kept) {
      const { by, record } = decodeCbor(keptSchema, value);
      const past = decodeInboxRecord(record);
      const room = past.type === 'past' ? (await this.#rooms.get(past.conversation))?.room : undefined;
      if (past.type === 'past' && room && !(await this.#installIn(room, by, past))) continue;
      await keys.write([{ key, value: undefined }]);
    }
  }

  /** @returns false when it has to wait */
  async #installIn(room: Room, by: AccountId, { chains }: PastRecord): Promise<boolean> {
    const { meaning } = room;
    if (!meaning) return false;
    // Whoever gives it has to belong; a member may yet come to be known as one.
    if (!meaning.members.some(({ account }) => account === by)) return meaning.departures.has(by);
    let isWhole = true;
    const writes: KeyWrite[] = [];
    const done: (() => void)[] = [];
    for (const chain of chains) {
      const change = await this.#accept(room, chain);
      if (change === 'waits') isWhole = false;
      else if (change) {
        writes.push(...change.writes);
        done.push(change.done);
      }
    }
    if (writes.length > 0) await this.#context.keys.write(writes);
    for (const each of done) each();
    if (writes.length > 0) await room.keysArrived();
    return isWhole;
  }

  /** @returns undefined for what can't be good */
  async #accept(room: Room, past: PastChain): Promise<Change | 'waits' | undefined> {
    const { account, device, epoch, generation, signature } = past;
    const author = await this.#deviceOf(past);
    if (author === 'waits' || (author && !isJudged(room, past, author))) return 'waits';
    try {
      const name = { conversation: room.id, epoch, device, generation };
      const chain = receiveChain({ ...name, account }, past.distribution);
      if (!author) return undefined;
      await verifyChain(name, chain.distribution.signingKey, signature, author.key);
      if (room.chains.holds(chain)) return undefined;
      const kept = room.chains.accept(chain);
      const archived = await this.#context.archive.chain(chain, { key: author.key, signature });
      return {
        writes: [...kept.writes, proofWrite(chain, signature), ...archived.writes],
        done: () => {
          kept.done();
          archived.done();
        },
      };
    } catch (error) {
      if (isConversationError(error)) return undefined;
      throw error;
    }
  }

  /** The author's device, on the newest list or an earlier one. */
  async #deviceOf({ account, device }: PastChain) {
    const { people } = this.#context;
    try {
      const known = (await people.known(account)) ?? (await people.fresh(account));
      const found = knownDevice(known.list, device);
      if (found) return found;
      await people.learnPast(account);
      const person = await people.known(account);
      return person && knownDevice(person.list, device);
    } catch (error) {
      if (isAccountError(error)) return undefined;
      if (!(error instanceof ProtocolError)) throw error;
      return error.code === 'auth/not-found' ? undefined : ('waits' as const);
    }
  }
}

/**
 * A device that is off its account's list can make chains still, and any member pass them on: they are believed once the state says
 * how far it counts.
 */
function isJudged({ meaning }: Room, { account, device }: PastChain, { left }: FoundDevice): boolean {
  if (!left || !meaning) return true;
  const isIn = meaning.members.some((member) => member.account === account);
  return !isIn || isBounded(meaning, { account, device });
}

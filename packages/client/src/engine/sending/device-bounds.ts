import type { DeviceId } from '@sotto/protocol';
import { documentName, logName } from '@sotto/protocol';
import { knownDevice, type PinnedList } from '../../account/pinned-list.js';
import { MAX_BOUND } from '../../conversation/state-body.js';
import { envelopesIn } from '../../sync/incoming.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';
import { standingOf } from '../room/standing.js';
import { feedEnds } from './feed-ends.js';
import type { RoomFounder } from './room-founder.js';
import type { RoomKeys } from './room-keys.js';
import type { SealingGate } from './sealing-gate.js';
import { unbounded } from './unbounded.js';
import type { Step } from './wish-keeper.js';

/** How long keys of a removed device's last words are waited for, milliseconds. */
const KEY_MS = 10_000;

export interface BoundingParts {
  readonly founder: RoomFounder;
  readonly keys: RoomKeys;
  readonly gate: SealingGate;
}

/**
 * Says in a room's state how far what devices said counts that are off this account's list (SPEC X12): as far as it is here, once
 * all of it is.
 * @throws ProtocolError, AccountError when it has to wait
 */
export async function boundDevices(context: DeviceContext, room: Room, parts: BoundingParts): Promise<Step> {
  const devices = unbounded(context, room);
  if (devices.length === 0 || room.counter === 0 || isNobodysBusiness(context, room)) {
    await context.owedBounds.settle(room.id);
    return 'nothing';
  }
  await parts.founder.resume();
  const isReady = async () => (await parts.founder.isStateComplete()) && (await parts.gate.passed());
  if (!(await isReady()) || !(await isWhole(context, room)) || isKeyToCome(context, room, devices))
    return 'waits';
  const list = await ownList(context, devices);
  const left = devices.filter((device) => knownDevice(list, device)?.left).slice(0, MAX_BOUND);
  if (left.length > 0) {
    const feeds = await feedEnds(context, room, (device) => left.includes(device));
    await parts.keys.write({ type: 'bound', body: { list: list.list.version, devices: left, feeds } });
  }
  const more = unbounded(context, room).length;
  if (more === 0) await context.owedBounds.settle(room.id);
  return more < devices.length ? 'done' : 'nothing';
}

/** Strangers learn nothing: where this account has neither answered nor ever given anybody keys. */
function isNobodysBusiness(context: DeviceContext, room: Room): boolean {
  const standing = standingOf(context, room);
  const isAnswered = standing === 'accepted' || standing === 'invited';
  return !isAnswered && !room.chains.all().some(({ account }) => account === context.self.account);
}

/** Whether what they said last may yet be opened: its key comes by another log. A server can make it look so, but not for long. */
function isKeyToCome({ owedBounds, now }: DeviceContext, room: Room, devices: readonly DeviceId[]): boolean {
  if (!room.history.waiting.some(({ device }) => devices.includes(device))) return false;
  return now() - owedBounds.waitingSince(room.id, now()) < KEY_MS;
}

/** Whether every message that the server holds is here. */
async function isWhole({ heads, incoming, catchingUp, progress }: DeviceContext, room: Room) {
  const log = logName('m', room.id);
  if (!heads.known(log) || catchingUp.awaits(log, 0)) return false;
  const { segment, count } = heads.of(log);
  const newest = envelopesIn(await incoming.vector(documentName(log, segment)));
  return newest >= count && (segment === 0 || progress.of(room.id)?.state === 'complete');
}

/** The own list, with as much of its past as these devices take. */
async function ownList({ people, self }: DeviceContext, devices: readonly DeviceId[]): Promise<PinnedList> {
  const { list } = await people.fresh(self.account);
  if (list.isPastKnown || devices.every((device) => knownDevice(list, device))) return list;
  await people.learnPast(self.account);
  return (await people.known(self.account))!.list;
}

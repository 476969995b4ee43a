import type { AccountId } from '@sotto/protocol';
import type { ConversationDetails, GroupRole, MemberDetails, ReadingDevice } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import { type Belonging, changedSince, isVerified } from '../context/holding.js';
import type { Room } from '../room/room.js';
import { listDoubts, stateDoubts } from '../trust/claim.js';
import { pendingChanges } from './pending-changes.js';
import { personOf, type SnapshotSource } from './snapshots.js';

/** Who can read a conversation, and what this device knows of them. */
export function detailsSnapshot({ context, me }: SnapshotSource, room: Room): ConversationDetails {
  const { summary } = room;
  const waiting = room.history.waiting.filter(({ position }) => position.document.startsWith('m.'));
  return {
    conversation: room.id,
    kind: room.kind,
    name: summary?.name ?? '',
    sharesPast: room.meaning?.sharesPast ?? false,
    members: membersOf(context, room, me.account),
    role: room.role,
    waitingForKeys: waiting.length,
    overdueKeys: waiting.filter((one) => context.overdueChains.has(one.distributionId)).length,
    pending: pendingChanges(context, room),
    forked: room.state.fold.forked || context.doubts.isConfirmed(stateDoubts(room.id)),
  };
}

function membersOf(context: DeviceContext, room: Room, self: AccountId): MemberDetails[] {
  const members = room.members.map((account) => {
    const named = room.meaning?.members.find((member) => member.account === account);
    const identities = account === self ? undefined : named?.identities;
    return memberOf(context, { account, identities }, named?.role ?? 'admin');
  });
  const name = ({ person }: MemberDetails) => person.username;
  const first = members.filter(({ person }) => person.account === self);
  const others = members.filter(({ person }) => person.account !== self);
  return [...first, ...others.sort((a, b) => (name(a) < name(b) ? -1 : 1))];
}

function memberOf(context: DeviceContext, belonging: Belonging, role: GroupRole): MemberDetails {
  const { account } = belonging;
  const changedAt = changedSince(context, belonging);
  const identity = isVerified(context, account) ? 'verified' : 'unverified';
  return {
    person: personOf(context, account),
    role,
    identity: changedAt === null ? identity : 'changed',
    changedAt,
    list: listOf(context, account),
    devices: devicesOf(context, account),
  };
}

function listOf({ people, doubts }: DeviceContext, account: AccountId): MemberDetails['list'] {
  const fault = people.fault(account);
  if (fault) return fault;
  return doubts.isConfirmed(listDoubts(account)) ? 'withheld' : 'current';
}

/** By when they were linked. */
function devicesOf({ people }: DeviceContext, account: AccountId): ReadingDevice[] {
  const { list, unseen } = people.atHand(account)?.list ?? {};
  const devices = (list?.devices ?? []).map(({ id, name, kind, added }) => ({
    ...{ id, name, kind, added },
    isNew: unseen?.includes(id) ?? false,
  }));
  return devices.sort((a, b) => a.added - b.added);
}

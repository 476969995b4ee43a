import type { AccountId } from '@sotto/protocol';
import type { PendingChange, Person, WishedChange } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Wish } from '../context/wishes.js';
import type { Room } from '../room/room.js';

/** What this device wishes of a conversation and has not been granted. */
export function pendingChanges({ wishes, people }: DeviceContext, room: Room): PendingChange[] {
  const person = (account: AccountId): Person => ({ account, username: people.nameOf(account) ?? '' });
  return wishes
    .of(room.id)
    .map(({ id, wish, refused }): PendingChange => ({ id, change: toWished(wish, person), refused }));
}

function toWished(wish: Wish, person: (account: AccountId) => Person): WishedChange {
  switch (wish.type) {
    case 'add':
      return { type: 'add', people: wish.people.map(person) };
    case 'remove':
      return { type: 'remove', person: person(wish.account) };
    case 'role':
      return { type: 'role', person: person(wish.account), role: wish.role };
    default:
      return wish;
  }
}

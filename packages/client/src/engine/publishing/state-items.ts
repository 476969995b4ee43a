import type { AccountId } from '@sotto/protocol';
import { toBase64url } from '@sotto/protocol';
import { compareClocks } from '../../conversation/clock.js';
import type { EffectiveEvent } from '../../conversation/state-fold.js';
import type { Person, TimelineItem, ToldChange } from '../api/engine-api.js';
import type { DeviceContext } from '../context/device-context.js';
import type { Room } from '../room/room.js';

type ChangeItem = TimelineItem & { readonly kind: 'change' };

/** What happened to a group, as its timeline tells it; who came later is told of what happened since. */
export function stateItems({ people, self }: DeviceContext, room: Room): ChangeItem[] {
  if (room.kind === 'direct') return [];
  const person = (account: AccountId): Person => ({ account, username: people.nameOf(account) ?? '' });
  const { farewell } = room;
  const { effective: logged } = room.state.fold;
  // As the timeline shows them: of two who added this account at once the same one comes last for everybody.
  const effective = (farewell && !room.admitted ? [...logged, farewell] : [...logged]).sort((a, b) =>
    compareClocks(a.event.clock, b.event.clock),
  );
  const came = effective.findLastIndex(
    ({ event, concerned }) => event.type === 'add' && concerned.includes(self.account),
  );
  const told = room.isLate ? effective.slice(Math.max(0, came)) : effective;
  return told.flatMap((effect): ChangeItem[] => {
    const change = toChange(effect, person);
    if (!change) return [];
    const { event, hash } = effect;
    return [
      { kind: 'change', id: toBase64url(hash), at: event.clock.wall, by: person(event.account), change },
    ];
  });
}

function toChange(
  { event, concerned }: EffectiveEvent,
  person: (account: AccountId) => Person,
): ToldChange | undefined {
  switch (event.type) {
    case 'create':
      return { type: 'created', name: event.body.name };
    case 'add':
      return { type: 'added', people: concerned.map(person) };
    case 'remove':
      return { type: 'removed', people: concerned.map(person) };
    case 'leave':
      return { type: 'left' };
    case 'role':
      return { type: 'role', person: person(event.body.account), role: event.body.role };
    case 'rename':
      return { type: 'renamed', name: event.body.name };
    case 'past':
      return { type: 'past', shared: event.body.shared };
    default:
      return undefined;
  }
}

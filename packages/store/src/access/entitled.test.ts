import type { AccessChange, AccountId, ConversationId } from '@sotto/protocol';
import { ProtocolError, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Access } from './entitled.js';
import { assertEntitled } from './entitled.js';

const test = suite('entitled');
const [ada, bob, cyd] = [randomId<AccountId>(), randomId<AccountId>(), randomId<AccountId>()];
const conversation = randomId<ConversationId>();

type Kind = AccessChange['kind'];
const list = (kind: Kind, ...members: (readonly [AccountId, 'admin' | 'member'])[]): AccessChange => ({
  kind,
  members: members.map(([account, role]) => ({ account, role })),
});
const access = (change: AccessChange): Access => ({ conversation, counter: 3, ...change });

function isAllowed(
  before: AccessChange | undefined,
  change: AccessChange,
  author: AccountId,
  founder?: AccountId,
): boolean {
  try {
    assertEntitled(before && access(before), change, author, founder);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'auth/forbidden') return false;
    throw error;
  }
}

test('A4 whoever creates a conversation is in it', () => {
  assert.is(isAllowed(undefined, list('group', [ada, 'admin'], [bob, 'member']), ada), true);
  assert.is(isAllowed(undefined, list('group', [ada, 'admin'], [bob, 'member']), cyd), false);
  assert.is(isAllowed(undefined, list('direct', [ada, 'admin'], [bob, 'admin']), cyd), false);
  assert.is(isAllowed(undefined, list('group'), ada), false);
  assert.is(isAllowed(undefined, list('direct'), ada), false);
});

test('A4 whoever founds a group is its admin', () => {
  assert.is(isAllowed(undefined, list('group', [ada, 'member'], [bob, 'admin']), ada), false);
  assert.is(isAllowed(undefined, list('group', [ada, 'admin']), ada), true);
});

test('A4 a direct conversation has two people, in any role', () => {
  for (const role of ['admin', 'member'] as const) {
    assert.is(isAllowed(undefined, list('direct', [ada, role], [bob, 'member']), ada), true);
    assert.is(isAllowed(undefined, list('direct', [ada, role]), ada), false);
  }
  assert.is(isAllowed(undefined, list('direct', [ada, 'admin'], [bob, 'admin'], [cyd, 'admin']), ada), false);
});

test('A4 nobody is named twice', () => {
  assert.is(isAllowed(undefined, list('direct', [ada, 'admin'], [ada, 'member']), ada), false);
  assert.is(isAllowed(undefined, list('group', [ada, 'admin'], [bob, 'admin'], [bob, 'member']), ada), false);
  const before = list('group', [ada, 'admin'], [bob, 'member']);
  assert.is(isAllowed(before, list('group', [ada, 'admin'], [bob, 'member'], [bob, 'admin']), ada), false);
});

test('A4 any member raises the counter of an unchanged list, in whatever order it is written', () => {
  for (const kind of ['direct', 'group'] as const) {
    const before = list(kind, [ada, 'admin'], [bob, 'member']);
    for (const author of [ada, bob]) {
      assert.is(isAllowed(before, before, author), true);
      assert.is(isAllowed(before, list(kind, [bob, 'member'], [ada, 'admin']), author), true);
    }
    assert.is(isAllowed(before, before, cyd), false);
  }
});

test('A4 the members of a direct conversation never change, not even in role', () => {
  const before = list('direct', [ada, 'admin'], [bob, 'member']);
  const changes = [
    list('direct', [ada, 'admin']),
    list('direct', [ada, 'admin'], [cyd, 'member']),
    list('direct', [ada, 'admin'], [bob, 'admin']),
    list('direct', [ada, 'admin'], [bob, 'member'], [cyd, 'member']),
  ];
  for (const change of changes)
    for (const author of [ada, bob]) assert.is(isAllowed(before, change, author), false);
});

test('A4 only admins change the members of a group', () => {
  const before = list('group', [ada, 'admin'], [bob, 'member']);
  const changes = [
    list('group', [bob, 'member']),
    list('group', [ada, 'admin'], [bob, 'admin']),
    list('group', [ada, 'admin'], [bob, 'member'], [cyd, 'member']),
    list('group', [bob, 'admin']),
  ];
  for (const change of changes) {
    assert.is(isAllowed(before, change, ada), true);
    assert.is(isAllowed(before, change, bob), false);
    assert.is(isAllowed(before, change, cyd), false);
  }
});

test('A4 any member of a group may go, alone; one who stays becomes an admin where none is left', () => {
  const before = list('group', [ada, 'admin'], [bob, 'member'], [cyd, 'member']);
  assert.is(isAllowed(before, list('group', [ada, 'admin'], [cyd, 'member']), bob), true);
  assert.is(isAllowed(before, list('group', [ada, 'admin']), bob), false, 'nobody else with him');
  assert.is(
    isAllowed(before, list('group', [ada, 'admin'], [cyd, 'admin']), bob),
    false,
    'there is an admin',
  );
  assert.is(isAllowed(before, list('group', [ada, 'member'], [cyd, 'member']), bob), false);
  const last = list('group', [ada, 'member'], [bob, 'member'], [cyd, 'member']);
  assert.is(isAllowed(last, list('group', [ada, 'member'], [cyd, 'admin']), bob), true);
  assert.is(isAllowed(last, list('group', [ada, 'admin'], [cyd, 'admin']), bob), false, 'one, not two');
  assert.is(isAllowed(list('group', [ada, 'admin']), list('group'), ada), true);
});

test('A4 a group without an admin: a member makes one, or the founder is back', () => {
  const before = list('group', [bob, 'member'], [cyd, 'member']);
  assert.is(isAllowed(before, list('group', [bob, 'member'], [cyd, 'admin']), bob, ada), true);
  assert.is(isAllowed(before, list('group', [bob, 'admin'], [cyd, 'admin']), bob, ada), false);
  assert.is(isAllowed(before, list('group', [bob, 'admin']), bob, ada), false, 'and changes nothing else');
  const back = list('group', [bob, 'member'], [cyd, 'member'], [ada, 'admin']);
  assert.is(isAllowed(before, back, ada, ada), true);
  assert.is(isAllowed(before, back, ada, bob), false, 'only who founded it');
  assert.is(isAllowed(before, list('group', [cyd, 'member'], [ada, 'admin']), ada, ada), false);
  assert.is(isAllowed(before, before, ada, ada), false);
  const led = list('group', [bob, 'admin'], [cyd, 'member']);
  assert.is(
    isAllowed(
      led,
      list(
        'group',
        ...([
          [bob, 'admin'],
          [ada, 'admin'],
        ] as const),
      ),
      ada,
      ada,
    ),
    false,
  );
  assert.is(isAllowed(list('group'), list('group', [ada, 'admin']), ada, ada), true);
});

test('A4 the kind never changes', () => {
  const members = [
    [ada, 'admin'],
    [bob, 'admin'],
  ] as const;
  assert.is(isAllowed(list('direct', ...members), list('group', ...members), ada), false);
  assert.is(isAllowed(list('group', ...members), list('direct', ...members), ada), false);
});

test.run();

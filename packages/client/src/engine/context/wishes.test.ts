import type { AccountId, ConversationId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import { Wishes } from './wishes.js';

const test = suite('wishes');
const [one, other] = [randomId<ConversationId>(), randomId<ConversationId>()];

test('wishes are kept in the order they were made, and outlive the process', async () => {
  const stores = await temporaryStores();
  const wishes = await Wishes.open(stores.keys);
  const people = [randomId<AccountId>()];
  await wishes.add(one, { type: 'create' });
  await wishes.add(other, { type: 'leave' });
  await wishes.add(one, { type: 'add', people });
  for (let count = 0; count < 9; count += 1) await wishes.add(one, { type: 'rename', name: `${count}` });
  const again = await stores.reopen();
  const reopened = await Wishes.open(again.keys);
  assert.equal(reopened.of(one), wishes.of(one));
  assert.equal(
    reopened.of(one).map(({ wish }) => (wish.type === 'rename' ? wish.name : wish.type)),
    ['create', 'add', ...'012345678'],
  );
  assert.equal(reopened.conversations().sort(), [one, other].sort());
  await reopened.add(one, { type: 'past', shared: true });
  assert.equal(reopened.of(one).at(-1)!.wish, { type: 'past', shared: true }, 'after those of before');
  await again.remove();
});

test('a refused wish is kept with its reason and not carried out; one taken back is gone', async () => {
  const stores = await temporaryStores();
  const wishes = await Wishes.open(stores.keys);
  await wishes.add(one, { type: 'rename', name: 'Mine' });
  await wishes.add(one, { type: 'leave' });
  const [rename, leave] = wishes.of(one);
  await wishes.refuse(rename!, 'auth/forbidden');
  assert.equal(
    wishes.waiting(one).map(({ wish }) => wish.type),
    ['leave'],
  );
  await wishes.remove(leave!.id);
  assert.equal(wishes.conversations(), []);
  await wishes.refuse(leave!, 'auth/forbidden');
  const reopened = await Wishes.open((await stores.reopen()).keys);
  assert.equal(
    reopened.of(one).map(({ wish, refused }) => [wish.type, refused]),
    [['rename', 'auth/forbidden']],
  );
});

test.run();

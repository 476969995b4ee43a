import type { ConversationId } from '@sotto/protocol';
import { randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import { Drafts } from './drafts.js';

const test = suite('drafts');
const [one, two] = [randomId<ConversationId>(), randomId<ConversationId>()];

test('U7: a draft outlives the process, each conversation has its own, and an empty one is none', async () => {
  const stores = await temporaryStores();
  const drafts = await Drafts.open(stores.messages);
  assert.is(drafts.of(one), '');
  await drafts.save(one, 'half a sen', 1);
  await drafts.save(one, 'half a sentence 👩‍👩‍👧', 2);
  await drafts.save(two, 'other', 3);
  await drafts.save(two, '', 4);
  const again = await stores.reopen();
  const opened = await Drafts.open(again.messages);
  assert.equal([opened.of(one), opened.of(two)], ['half a sentence 👩‍👩‍👧', '']);
  assert.is((await again.messages.records('draft/')).length, 1);
  await again.remove();
});

test('U8: what was said since in the same words is no draft, said before it is one', async () => {
  const drafts = await Drafts.open((await temporaryStores()).messages);
  await drafts.save(one, ' on my way \n', 5);
  assert.is(drafts.of(one, { text: 'on my way', at: 5 }), '');
  assert.is(drafts.of(one, { text: 'on my way', at: 4 }), ' on my way \n');
  assert.is(drafts.of(one, { text: 'on my way!', at: 6 }), ' on my way \n');
  assert.is(drafts.of(one), ' on my way \n');
});

test.run();

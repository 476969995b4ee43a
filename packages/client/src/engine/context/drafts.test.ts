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
  await drafts.save(one, 'half a sen');
  await drafts.save(one, 'half a sentence 👩‍👩‍👧');
  await drafts.save(two, 'other');
  await drafts.save(two, '');
  const again = await stores.reopen();
  const opened = await Drafts.open(again.messages);
  assert.equal([opened.of(one), opened.of(two)], ['half a sentence 👩‍👩‍👧', '']);
  assert.is((await again.messages.records('draft/')).length, 1);
  await again.remove();
});

test.run();

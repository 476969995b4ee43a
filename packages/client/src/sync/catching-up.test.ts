import type { ConversationId } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../store/testing/temporary-stores.js';
import { CatchingUp } from './catching-up.js';

const test = suite('catching up');
const log = logName('m', randomId<ConversationId>());
const other = logName('m', randomId<ConversationId>());

test('U8: the lowest segment that was asked for is remembered until all were answered', async () => {
  const stores = await temporaryStores();
  const catching = new CatchingUp(stores.messages);
  assert.is(await catching.behind(log), undefined);
  await catching.asking(log, [7, 6, 5]);
  for (const segment of [7, 5]) await catching.answered(documentName(log, segment));
  assert.is(await catching.behind(log), 5);
  await catching.answered(documentName(log, 6));
  assert.is(await catching.behind(log), undefined);
  await stores.remove();
});

test('U8: it outlives the process and the connection', async () => {
  const stores = await temporaryStores();
  await new CatchingUp(stores.messages).asking(log, [4, 3]);
  const again = await stores.reopen();
  const catching = new CatchingUp(again.messages);
  assert.is(await catching.behind(log), 3);
  await catching.asking(log, [9]);
  assert.is(await catching.behind(log), 3, 'a higher segment does not hide the hole');
  catching.begin();
  await catching.answered(documentName(log, 9));
  assert.is(await catching.behind(log), 3, 'an answer to the connection before says nothing');
  await again.remove();
});

test('U8: what came without a note of it, before the process ended, leaves nothing behind once nothing is missing', async () => {
  const stores = await temporaryStores();
  await new CatchingUp(stores.messages).asking(log, [4]);
  const again = await stores.reopen();
  const catching = new CatchingUp(again.messages);
  assert.is(await catching.complete(log), true);
  assert.is(await catching.behind(log), undefined);
  assert.is(await catching.complete(log), false, 'there was nothing more to complete');
  await catching.asking(log, [5]);
  assert.is(await catching.complete(log), false, 'an answer is still to come');
  assert.is(await catching.behind(log), 5);
  await again.remove();
});

test('U8: logs are caught up with apart; what nobody asked for ends nothing', async () => {
  const stores = await temporaryStores();
  const catching = new CatchingUp(stores.messages);
  await catching.asking(log, [2]);
  await catching.asking(other, []);
  await catching.answered(documentName(other, 2));
  await catching.answered(documentName(log, 1));
  assert.equal([await catching.behind(log), await catching.behind(other)], [2, undefined]);
  await stores.remove();
});

test.run();

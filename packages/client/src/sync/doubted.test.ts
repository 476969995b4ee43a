import type { ConversationId } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../store/testing/temporary-stores.js';
import { Doubted } from './doubted.js';

const test = suite('doubted envelopes');
const stores = await temporaryStores();
test.after(() => stores.remove());
const fresh = () => documentName(logName('m', randomId<ConversationId>()), 0);
const DAY = 86_400_000;

test('what made no sense is asked for again from where its feed stopped making sense, until it does', async () => {
  const document = fresh();
  const doubted = new Doubted(stores.messages);
  await doubted.add([
    { document, client: 5, clock: 7 },
    { document, client: 5, clock: 3 },
    { document, client: 6, clock: 1 },
  ]);
  assert.not(doubted.isAsked(document, 5));
  const again = new Map([
    [5, 3],
    [6, 1],
  ]);
  assert.equal(await doubted.again(0), [[document, again]]);
  assert.ok(doubted.isAsked(document, 5));
  await doubted.settle(document, 5);
  assert.not(doubted.isAsked(document, 5));
  assert.equal(await doubted.again(DAY), [[document, new Map([[6, 1]])]]);
  await doubted.settle(document, 6);
  assert.equal(await doubted.again(9 * DAY), []);
  assert.equal(await new Doubted(stores.messages).again(9 * DAY), []);
});

test('it is asked for at once, then ever more rarely, in the next process too', async () => {
  const document = fresh();
  let now = 1_000_000;
  const asked: number[] = [];
  for (let hour = 0; hour < 24 * 10; hour += 1, now += 3_600_000) {
    const doubted = new Doubted(stores.messages);
    if (hour === 0) await doubted.add([{ document, client: 5, clock: 7 }]);
    if ((await doubted.again(now)).length === 0) continue;
    asked.push(hour);
    // As bad as it was.
    await doubted.add([{ document, client: 5, clock: 7 }]);
    await doubted.settle(document, 5);
  }
  assert.equal(asked.slice(0, 6), [0, 1, 2, 3, 4, 28]);
  assert.ok(asked.length < 16, asked.join());
});

test.run();

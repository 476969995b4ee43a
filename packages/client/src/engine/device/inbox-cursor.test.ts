import type { DeviceId } from '@sotto/protocol';
import { documentName, logName, randomId } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import { InboxCursor } from './inbox-cursor.js';

const test = suite('inbox cursor');
const inbox = logName('i', randomId<DeviceId>());
const [first, second] = [documentName(inbox, 1), documentName(inbox, 10)];
const device = randomId<DeviceId>();

test('U8: a place counts once it is written with what came of it, and outlives the process', async () => {
  const stores = await temporaryStores();
  const cursor = new InboxCursor(stores.keys);
  assert.is(await cursor.at(first, 5), undefined);
  const move = cursor.move(first, 5, { device, next: 3 });
  assert.is(await cursor.at(first, 5), undefined);
  await stores.keys.write([move, { key: 'session/x', value: Uint8Array.of(1) }]);
  assert.is(await cursor.at(first, 5), undefined, 'not before it is said to be written');
  await cursor.moved(first, 5, { device, next: 3 });
  assert.equal(await cursor.at(first, 5), { device, next: 3 });

  const again = await stores.reopen();
  assert.equal(await new InboxCursor(again.keys).at(first, 5), { device, next: 3 });
  await again.remove();
});

test('W5: each segment has a vector of its own, whatever their names begin with', async () => {
  const stores = await temporaryStores();
  const cursor = new InboxCursor(stores.keys);
  const places = [
    [first, 5, 3],
    [first, 2 ** 53 - 1, 1],
    [second, 5, 8],
  ] as const;
  await stores.keys.write(
    places.map(([document, client, next]) => cursor.move(document, client, { device, next })),
  );
  const reopened = new InboxCursor(stores.keys);
  assert.equal(
    await reopened.vector(first),
    new Map([
      [2 ** 53 - 1, 1],
      [5, 3],
    ]),
  );
  assert.equal(await reopened.vector(second), new Map([[5, 8]]));
  await stores.remove();
});

test.run();

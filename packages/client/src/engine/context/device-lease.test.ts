import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../../store/testing/temporary-stores.js';
import { DeviceLease, lastLease } from './device-lease.js';

const test = suite('device lease');

test('G4: a life takes one lease, the next life the next number; one that never connects takes none', async () => {
  let stores = await temporaryStores();
  const first = new DeviceLease(stores.keys);
  assert.equal([first.number, await lastLease(stores.keys)], [0, 0]);
  const taken = await first.take();
  assert.equal([taken.number, taken.nonce.length], [1, 16]);
  assert.is(await first.take(), taken);
  assert.equal([first.number, await lastLease(stores.keys)], [1, 1]);
  stores = await stores.reopen();
  new DeviceLease(stores.keys);
  stores = await stores.reopen();
  const second = await new DeviceLease(stores.keys).take();
  assert.is(second.number, 2);
  assert.not.equal(second.nonce, taken.nonce);
  await stores.remove();
});

test('G4: nobody hears of a lease that could not be kept', async () => {
  const stores = await temporaryStores();
  let fail = true;
  const lease = new DeviceLease({
    ...stores.keys,
    write: async (batch) => {
      if (fail) throw new Error('the disk is full');
      return stores.keys.write(batch);
    },
  });
  await lease.take().then(
    () => assert.unreachable(),
    () => {},
  );
  assert.is(lease.number, 0);
  fail = false;
  assert.is((await lease.take()).number, 1);
  await stores.remove();
});

test.run();

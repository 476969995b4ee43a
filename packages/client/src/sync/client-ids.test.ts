import type { ClientGrant } from '@sotto/protocol';
import { LIMITS } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { temporaryStores } from '../store/testing/temporary-stores.js';
import { ClientIds } from './client-ids.js';

const test = suite('client ids');
const grant = (client: number): ClientGrant => ({ client, mac: new Uint8Array(16).fill(client) });

test('G2: there is none to write with before the first was granted', async () => {
  const stores = await temporaryStores();
  const ids = await ClientIds.open(stores.keys);
  assert.is(ids.current, undefined);
  assert.equal(ids.all, []);
  await stores.remove();
});

test('G3: the newest is written with; the next life presents all of them and writes with one of its own', async () => {
  const stores = await temporaryStores();
  const ids = await ClientIds.open(stores.keys);
  for (const client of [5, 9, 7]) await ids.adopt(grant(client));
  assert.equal(ids.all, [grant(7), grant(9), grant(5)]);
  assert.equal(ids.current, grant(7));
  const again = await stores.reopen();
  const opened = await ClientIds.open(again.keys);
  assert.equal(opened.all, [grant(7), grant(9), grant(5)]);
  assert.is(opened.current, undefined);
  await again.remove();
});

test('G2: so few are presented that a connection can always get a fresh one', async () => {
  const stores = await temporaryStores();
  const ids = await ClientIds.open(stores.keys);
  for (let client = 1; client <= LIMITS.grants + 8; client += 1) await ids.adopt(grant(client));
  assert.ok(ids.all.length < LIMITS.grants, `${ids.all.length} are presented`);
  assert.is(ids.current!.client, LIMITS.grants + 8);
  assert.equal((await ClientIds.open(stores.keys)).all, ids.all);
  await stores.remove();
});

test('G3: one that could not be remembered is not written with', async () => {
  const stores = await temporaryStores();
  const ids = await ClientIds.open(stores.keys);
  await ids.adopt(grant(5));
  await stores.keys.close();
  await ids.adopt(grant(6)).then(
    () => assert.unreachable(),
    () => {},
  );
  assert.equal(ids.all, [grant(5)]);
  const again = await stores.reopen();
  assert.equal((await ClientIds.open(again.keys)).all, [grant(5)]);
  await again.remove();
});

test.run();

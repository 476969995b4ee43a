import { linkResponse, newLinkResponse, waitForLinkResponse } from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TICKET_MS } from '../devices/link-tickets.js';
import { listWith, newDevice, newPassword } from '../testing/new-account.js';
import { type RunningServer, startServer } from '../testing/running-server.js';
import { newTwoDevices, type TwoDevices } from '../testing/two-devices.js';

const test = suite<{ server: RunningServer; people: number }>('linking by a code');

test.before(async (context) => {
  context.server = await startServer();
  context.people = 0;
});
test.after(({ server }) => server.close());

/** Somebody with devices, and a browser that asks to become another. */
async function begun(context: { server: RunningServer; people: number }) {
  context.people += 1;
  const owner = await newTwoDevices(context.server, `linker${context.people}`);
  const browser = context.server.client();
  const device = newDevice();
  const opened = await browser.post('/api/links', { device });
  assert.is(opened.status, 201);
  const { ticket, secret } = opened.as(newLinkResponse);
  const path = `/api/links/${ticket}`;
  return { owner, browser, device, path, secret };
}

const sealed = new Uint8Array(100).fill(7);
const approval = ({ account, list }: TwoDevices, device: ReturnType<typeof newDevice>) => ({
  authKey: account.authKey,
  deviceList: listWith(list, device),
  sealed,
});

test('U11 K9 H20 a code leads to a session of the linked device, and what was sealed for it', async (context) => {
  const { owner, browser, device, path, secret } = await begun(context);
  const seen = (await owner.first.get(path)).as(linkResponse);
  assert.equal([seen.device, seen.identityKey], [device.id, device.identityKey]);
  assert.ok(seen.expiresIn > 0 && seen.expiresIn <= 600);
  const waiting = browser.post(`${path}/wait`, { secret });
  const request = approval(owner, device);
  assert.is((await owner.first.post(`${path}/approve`, request)).status, 204);
  assert.is((await owner.first.post(`${path}/approve`, request)).status, 204, 'the same again');
  assert.equal((await waiting).as(waitForLinkResponse).sealed, sealed);
  assert.equal((await browser.post(`${path}/wait`, { secret })).as(waitForLinkResponse).sealed, sealed);
  const session = await browser.begin(`${path}/complete`, { secret });
  assert.equal([session.account, session.device], [owner.account.account, device.id]);
  assert.is((await browser.begin('/api/session/refresh')).device, device.id);
  assert.is((await owner.first.post(`/api/devices/${device.id}/bundle`)).status, 200);
});

test('K9 a ticket leads to one session, the same while its answer may be lost', async (context) => {
  const { owner, browser, device, path, secret } = await begun(context);
  assert.is((await browser.post(`${path}/complete`, { secret })).code, 'auth/forbidden', 'not yet');
  await owner.first.post(`${path}/approve`, approval(owner, device));
  await browser.begin(`${path}/complete`, { secret });
  const again = context.server.client();
  await again.begin(`${path}/complete`, { secret });
  assert.is((await again.post('/api/session/refresh')).status, 200);
  assert.is((await browser.post(`${path}/complete`, { secret })).code, 'auth/link-used');
  assert.is((await owner.first.get(path)).code, 'auth/link-used');
});

test('K9 only who knows the secret waits, gets the session, or cancels', async (context) => {
  const { owner, browser, device, path, secret } = await begun(context);
  const other = newPassword().authKey;
  for (const step of ['wait', 'complete', 'cancel'])
    assert.is((await browser.post(`${path}/${step}`, { secret: other })).code, 'auth/link-unknown', step);
  assert.is((await browser.get(path)).code, 'auth/token-invalid');
  assert.is((await browser.post(`${path}/approve`, approval(owner, device))).code, 'auth/token-invalid');
  assert.is((await browser.post(`${path}/cancel`, { secret })).status, 204);
  assert.is((await owner.first.post(`${path}/approve`, approval(owner, device))).code, 'auth/link-unknown');
  assert.is((await owner.first.get('/api/links/short')).code, 'auth/link-unknown');
});

test('K9 a ticket runs out after ten minutes', async (context) => {
  const { owner, device, path } = await begun(context);
  context.server.clock.now += TICKET_MS + 1;
  await owner.first.begin('/api/session/refresh');
  assert.is((await owner.first.get(path)).code, 'auth/link-expired');
  assert.is((await owner.first.post(`${path}/approve`, approval(owner, device))).code, 'auth/link-expired');
});

test("K9 the list names the ticket's device with its key, and nothing else changes", async (context) => {
  const { owner, device, path } = await begun(context);
  const request = approval(owner, device);
  const cases = [
    [{ ...request, deviceList: listWith(owner.list, newDevice()) }, 'request/invalid'],
    [
      { ...request, deviceList: listWith(owner.list, { ...device, identityKey: newDevice().identityKey }) },
      'request/invalid',
    ],
    [{ ...request, deviceList: owner.list }, 'auth/device-list-stale'],
    [{ ...request, deviceList: listWith(owner.account.deviceList, device) }, 'auth/device-list-stale'],
    [{ ...request, authKey: newPassword().authKey }, 'auth/credentials-wrong'],
  ] as const;
  for (const [body, code] of cases) assert.is((await owner.first.post(`${path}/approve`, body)).code, code);
  assert.is((await owner.first.post(`${path}/approve`, request)).status, 204);
});

test('K9 of two accounts one links it', async (context) => {
  const { owner, device, path } = await begun(context);
  context.people += 1;
  const rival = await newTwoDevices(context.server, `linker${context.people}`);
  assert.is((await owner.first.post(`${path}/approve`, approval(owner, device))).status, 204);
  assert.is((await rival.first.post(`${path}/approve`, approval(rival, device))).code, 'auth/link-used');
});

test('K9 broken off at any write of an approval, the same request goes on', async () => {
  const server = await startServer();
  const context = { server, people: 0 };
  let points = 0;
  for (let at = 1, died = true; died; at += 1)
    for (const after of [false, true]) {
      const { owner, browser, device, path, secret } = await begun(context);
      const request = approval(owner, device);
      server.claims.writes = 0;
      server.claims.dies = { at, after };
      await owner.first.post(`${path}/approve`, request);
      died = server.claims.isDead;
      server.claims.revive();
      if (!died) break;
      points += 1;
      server.clock.now += 61_000;
      assert.is((await owner.first.post(`${path}/approve`, request)).status, 204, `write ${at}`);
      assert.is((await browser.begin(`${path}/complete`, { secret })).device, device.id);
    }
  assert.ok(points >= 10, String(points));
  await server.close();
});

test('S3 so many tickets from one network address', async () => {
  const server = await startServer({ ticketsFromNetwork: { count: 2, withinMs: 60_000 } });
  const statuses = [];
  for (let round = 0; round < 3; round += 1)
    statuses.push((await server.client().post('/api/links', { device: newDevice() })).status);
  assert.equal(statuses, [201, 201, 429]);
  await server.close();
});

test.run();

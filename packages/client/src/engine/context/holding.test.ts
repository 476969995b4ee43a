import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KnownPerson } from '../testing/known-person.js';
import { testDevice } from '../testing/test-device.js';
import { changedSince, heldBy, isVerified } from './holding.js';

const test = suite('holding');

test('U10: an offered key holds back from when it was first seen, for whoever it is offered, until it is accepted', async () => {
  let now = 1_000;
  const device = await testDevice(() => now);
  const { context } = device;
  const ada = await new KnownPerson(device).told();
  const bo = await new KnownPerson(device).told();
  assert.is(heldBy(context, [ada.account, bo.account]), undefined);
  now = 2_000;
  await ada.startOver();
  await ada.told();
  now = 3_000;
  await bo.startOver();
  await bo.told();
  assert.equal(heldBy(context, [bo.account, ada.account]), { account: ada.account, since: 2_000 });
  assert.equal(heldBy(context, [bo.account]), { account: bo.account, since: 3_000 });

  const next = await device.reopen();
  assert.is(changedSince(next.context, ada.account), 2_000, 'before anybody was looked up');
  assert.ok(await next.context.people.trustOffered(ada.account, ada.identity));
  assert.is(heldBy(next.context, [ada.account]), undefined);
  await next.remove();
});

test('U10: a key that another own device decided on holds back while this one knows another', async () => {
  const device = await testDevice();
  const { context } = device;
  const ada = await new KnownPerson(device).told();
  await context.accountLog.setTrusted(ada.account, { identity: ada.identity, since: 5 });
  assert.is(changedSince(context, ada.account), null);
  await context.accountLog.setTrusted(ada.account, { identity: new Uint8Array(33).fill(5), since: 7 });
  assert.is(changedSince(context, ada.account), 7);
  await device.remove();
});

test('U10: who was verified is so by that key alone', async () => {
  const device = await testDevice();
  const { context } = device;
  const ada = await new KnownPerson(device).told();
  assert.not.ok(isVerified(context, ada.account));
  await context.accountLog.setVerified(ada.account, ada.identity);
  assert.ok(isVerified(context, ada.account));
  await ada.link('Phone');
  await ada.told();
  assert.ok(isVerified(context, ada.account), 'whatever devices they have');
  await ada.startOver();
  await ada.told();
  assert.not.ok(isVerified(context, ada.account), 'not while another key is offered');
  await context.people.trustOffered(ada.account, ada.identity);
  assert.not.ok(isVerified(context, ada.account), 'nor once that key was accepted');
  await context.accountLog.setVerified(ada.account, ada.identity);
  assert.ok(isVerified(context, ada.account));
  await context.accountLog.setVerified(ada.account, undefined);
  assert.not.ok(isVerified(context, ada.account));
  await device.remove();
});

test.run();

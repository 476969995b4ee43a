import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KnownPerson } from '../testing/known-person.js';
import { testDevice } from '../testing/test-device.js';
import { acceptedSince, changedSince, heldBy, isNamed, isVerified } from './holding.js';

const test = suite('holding');
/** Of a conversation whose state is not known. */
const belonging = ({ account }: KnownPerson) => ({ account, identities: undefined });

test('U10: an offered key holds back from when it was first seen, for whoever it is offered, until it is accepted', async () => {
  let now = 1_000;
  const device = await testDevice(() => now);
  const { context } = device;
  const ada = await new KnownPerson(device).told();
  const bo = await new KnownPerson(device).told();
  assert.is(heldBy(context, [ada, bo].map(belonging)), undefined);
  now = 2_000;
  await ada.startOver();
  await ada.told();
  now = 3_000;
  await bo.startOver();
  await bo.told();
  assert.equal(heldBy(context, [bo, ada].map(belonging)), { account: ada.account, since: 2_000 });
  assert.equal(heldBy(context, [belonging(bo)]), { account: bo.account, since: 3_000 });

  const next = await device.reopen();
  assert.is(changedSince(next.context, belonging(ada)), 2_000, 'before anybody was looked up');
  assert.ok(await next.context.people.trustOffered(ada.account, ada.identity));
  assert.is(heldBy(next.context, [belonging(ada)]), undefined);
  await next.remove();
});

test('U10: a key that another own device decided on holds back while this one knows another', async () => {
  const device = await testDevice();
  const { context } = device;
  const ada = await new KnownPerson(device).told();
  await context.accountLog.setTrusted(ada.account, { identity: ada.identity, since: 5, accepted: false });
  assert.is(changedSince(context, belonging(ada)), null);
  await context.accountLog.setTrusted(ada.account, {
    identity: new Uint8Array(33).fill(5),
    since: 7,
    accepted: false,
  });
  assert.is(changedSince(context, belonging(ada)), 7);
  await device.remove();
});

test('U10: a key that the state does not name holds back, unless a person accepted it', async () => {
  const device = await testDevice();
  const { context } = device;
  const ada = await new KnownPerson(device).told();
  const other = new Uint8Array(33).fill(5);
  const { account } = ada;
  const admitted = { account, identities: [other, ada.identity] };
  const elsewhere = { account, identities: [other] };
  assert.is(changedSince(context, admitted), null);
  assert.is(changedSince(context, elsewhere), 1, 'since its first device was linked');
  assert.is(acceptedSince(context, elsewhere), undefined);
  assert.equal([isNamed(context, admitted), isNamed(context, elsewhere)], [true, false]);
  await context.accountLog.setTrusted(account, { identity: ada.identity, since: 5, accepted: false });
  assert.is(changedSince(context, elsewhere), 1, 'seen first is not accepted');
  assert.is(acceptedSince(context, elsewhere), undefined);
  await context.accountLog.setTrusted(account, { identity: ada.identity, since: 6, accepted: true });
  assert.is(changedSince(context, elsewhere), null);
  assert.is(isNamed(context, elsewhere), true);
  assert.equal([...acceptedSince(context, elsewhere)!], [...ada.identity]);
  assert.is(acceptedSince(context, admitted), undefined, 'the state says so already');
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

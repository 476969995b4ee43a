import {
  type AccountId,
  type DeviceId,
  type DeviceList,
  decodeSignedDeviceList,
  encodeDeviceList,
  encodeSignedDeviceList,
  type ListedDevice,
  MAX_DEVICES,
  randomId,
} from '@sotto/protocol';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { generateIdentityKeyPair, type IdentityKeyPair, sign } from '../crypto/index.js';
import { mutate, seededRandom } from '../crypto/seeded-random.js';
import {
  deviceListHash,
  firstDeviceList,
  listedDevice,
  nextDeviceList,
  type VerifiedDeviceList,
  verifyDeviceList,
} from './device-list.js';
import { decodePinnedList, encodePinnedList, firstPin, nextPin } from './pinned-list.js';
import { accountErrorCode } from './testing/account-error-code.js';

const test = suite('device list');
const account = randomId<AccountId>();
const identity = generateIdentityKeyPair();

function newDevice(): ListedDevice {
  const key = new Uint8Array(generateIdentityKeyPair().publicKey);
  return {
    id: randomId<DeviceId>(),
    key,
    name: 'Firefox on Linux',
    kind: 'device',
    added: 1_700_000_000_000,
  };
}

const laptop = newDevice();
const phone = newDevice();
const first = firstDeviceList(account, identity, [laptop]);
const second = await nextDeviceList(first, identity, [laptop, phone]);
const third = await nextDeviceList(second, identity, [phone]);

/** Signs a list as it stands, whatever the rules say. */
function signAnyhow(
  list: DeviceList,
  by: IdentityKeyPair = identity,
  label = 'Sotto device list v1',
): Uint8Array {
  const body = encodeDeviceList(list);
  const signature = new Uint8Array(sign(by.privateKey, Buffer.concat([Buffer.from(label), body])));
  return encodeSignedDeviceList({ body, signature });
}

const codeOf = (encoded: Uint8Array, pinned?: VerifiedDeviceList) =>
  accountErrorCode(() => verifyDeviceList(encoded, { account, pinned }));

test('K1: a list verifies, and names its devices', async () => {
  const verified = await verifyDeviceList(second.encoded, { account, identity: identity.publicKey });
  assert.is(verified.list.version, 2);
  assert.equal([...verified.list.previous], [...(await deviceListHash(first.encoded))]);
  assert.is(listedDevice(verified, phone.id)?.name, phone.name);
  assert.is(listedDevice(verified, randomId<DeviceId>()), undefined);
});

test('K1: what is signed is the label and the body', async () => {
  assert.is(await codeOf(signAnyhow(first.list)), undefined);
  assert.is(await codeOf(signAnyhow(first.list, identity, '')), 'account/list-forged');
  assert.is(await codeOf(signAnyhow(first.list, identity, 'Sotto device list v2')), 'account/list-forged');
});

test('K1: a list of another account, or signed by somebody else, is forged', async () => {
  const other = generateIdentityKeyPair();
  assert.is(
    await codeOf(signAnyhow({ ...first.list, account: randomId<AccountId>() })),
    'account/list-forged',
  );
  assert.is(await codeOf(signAnyhow(first.list, other)), 'account/list-forged');
});

test('K1: a list properly signed by another identity shows as a changed identity', async () => {
  const other = generateIdentityKeyPair();
  const theirs = firstDeviceList(account, other, [newDevice()]);
  assert.is(await codeOf(theirs.encoded), undefined, 'nothing to compare with');
  assert.is(await codeOf(theirs.encoded, first), 'account/identity-changed');
  const expectation = { account, identity: identity.publicKey };
  assert.is(
    await accountErrorCode(() => verifyDeviceList(theirs.encoded, expectation)),
    'account/identity-changed',
  );
});

test('K1: lists that contradict themselves are forged', async () => {
  const { list } = first;
  const wrong: DeviceList[] = [
    { ...list, previous: new Uint8Array(32) },
    { ...list, version: 2 },
    { ...list, devices: [laptop, { ...phone, id: laptop.id }] },
    { ...list, devices: [laptop, { ...phone, key: laptop.key }] },
    { ...list, devices: [{ ...laptop, key: new Uint8Array(33) }] },
    { ...list, devices: [{ ...laptop, key: Uint8Array.of(5, ...new Uint8Array(32)) }] },
  ];
  for (const contradicting of wrong)
    assert.is(await codeOf(signAnyhow(contradicting)), 'account/list-forged');
});

test('K1: a pinned list never goes back', async () => {
  assert.is(await codeOf(first.encoded, second), 'account/list-rolled-back');
  assert.is(await codeOf(first.encoded, third), 'account/list-rolled-back');
  assert.is(await codeOf(second.encoded, second), undefined);
  assert.is(await codeOf(second.encoded, first), undefined);
  assert.is(await codeOf(third.encoded, first), undefined, 'lists between may be missed');
});

test('K1: two lists of one version are a fork', async () => {
  const rival = await nextDeviceList(first, identity, [laptop, newDevice()]);
  assert.is(await codeOf(rival.encoded, second), 'account/list-forged');
  // The same words signed twice are two lists: the hash chain runs over what was signed.
  assert.is(await codeOf(signAnyhow(second.list), second), 'account/list-forged');
});

test('K1: the list after the pinned one names it', async () => {
  const rival = await nextDeviceList(first, identity, [laptop, newDevice()]);
  const onRival = await nextDeviceList(rival, identity, [laptop]);
  assert.is(await codeOf(onRival.encoded, second), 'account/list-forged');
  assert.is(await codeOf(third.encoded, second), undefined);
});

test('K1: a list is extended by its own identity alone, and not beyond its size', async () => {
  const other = generateIdentityKeyPair();
  assert.is(await accountErrorCode(() => nextDeviceList(first, other, [])), 'account/identity-changed');
  const many = Array.from({ length: MAX_DEVICES }, newDevice);
  const full = await nextDeviceList(first, identity, many);
  assert.is(await codeOf(full.encoded), undefined);
  assert.is(
    await accountErrorCode(() => nextDeviceList(full, identity, [...many, newDevice()])),
    'account/too-many-devices',
  );
});

test('a pin comes back as it was', () => {
  const made = nextPin(firstPin(first, 'ada'), second);
  const pin = decodePinnedList(encodePinnedList(made));
  assert.is(pin.username, 'ada');
  assert.equal(pin.unseen, [phone.id]);
  assert.equal([...pin.encoded], [...second.encoded]);
  assert.equal(
    pin.list.devices.map(({ id }) => id),
    [laptop.id, phone.id],
  );
});

test('K1: no changed bytes verify (fuzz)', async () => {
  const random = seededRandom(Math.floor(Math.random() * 2 ** 32));
  for (let round = 0; round < 400; round += 1) {
    const changed = mutate(random, second.encoded);
    if (Buffer.compare(changed, second.encoded) === 0) continue;
    const code = await codeOf(changed);
    if (code === undefined) {
      // XEdDSA ignores nothing of the signature but how its container is written.
      const { signed } = decodeSignedDeviceList(changed);
      const { signed: original } = decodeSignedDeviceList(second.encoded);
      assert.equal([...signed.body], [...original.body], `seed ${random.seed}`);
    } else assert.is(code, 'account/list-forged', `seed ${random.seed}`);
  }
});

test.run();

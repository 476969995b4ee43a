import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeCbor } from './bytes/cbor.js';
import type { DeviceList } from './device-list.js';
import {
  DEVICE_LIST_BYTES,
  decodeSignedDeviceList,
  encodeDeviceList,
  encodeSignedDeviceList,
  MAX_DEVICES,
} from './device-list.js';
import { DecodeError } from './errors/decode-error.js';
import type { AccountId, DeviceId } from './ids.js';
import { randomId } from './ids.js';

const test = suite('device lists');
const list: DeviceList = {
  v: 1,
  account: randomId<AccountId>(),
  identity: new Uint8Array(33).fill(5),
  version: 1,
  previous: new Uint8Array(0),
  vault: 1,
  devices: [
    { id: randomId<DeviceId>(), key: new Uint8Array(33).fill(6), name: 'Laptop', kind: 'device', added: 1 },
  ],
};
const sign = (body: unknown, signature = new Uint8Array(64)) =>
  encodeCbor({ body: encodeCbor(body), signature });

test('[K1] reads back what was written', () => {
  const encoded = encodeSignedDeviceList({
    body: encodeDeviceList(list),
    signature: new Uint8Array(64).fill(1),
  });
  const { signed, list: read } = decodeSignedDeviceList(encoded);
  assert.equal(read, list);
  assert.equal(signed.body, encodeDeviceList(list));
  assert.equal(signed.signature, new Uint8Array(64).fill(1));
});

test('[K1] what it reads are plain byte arrays, whatever it was given', () => {
  const { signed, list: read } = decodeSignedDeviceList(Buffer.from(sign(list)));
  assert.is(Buffer.isBuffer(signed.body), false);
  assert.is(Buffer.isBuffer(read.identity), false);
});

test('[K1] a full list of the longest names fits the limit', () => {
  const devices = Array.from({ length: MAX_DEVICES }, () => ({
    ...list.devices[0]!,
    id: randomId<DeviceId>(),
    name: '\u{1F600}'.repeat(32),
    added: Number.MAX_SAFE_INTEGER,
  }));
  const encoded = sign({ ...list, previous: new Uint8Array(32), devices });
  assert.is(decodeSignedDeviceList(encoded).list.devices.length, MAX_DEVICES);
  assert.ok(encoded.length <= DEVICE_LIST_BYTES, `${encoded.length} bytes`);
});

const device = list.devices[0]!;
const wrong: [string, Uint8Array][] = [
  ['another format', sign({ ...list, v: 2 })],
  ['version 0', sign({ ...list, version: 0 })],
  ['a version that is no integer', sign({ ...list, version: '2' })],
  ['no version of a vault', sign({ ...list, vault: 0 })],
  ['a short identity', sign({ ...list, identity: new Uint8Array(32) })],
  ['a hash of another length', sign({ ...list, previous: new Uint8Array(31) })],
  ['an unknown field', sign({ ...list, extra: 1 })],
  ['an unknown field of a device', sign({ ...list, devices: [{ ...device, extra: 1 }] })],
  ['an id of another spelling', sign({ ...list, account: `${list.account}=` })],
  ['an empty name', sign({ ...list, devices: [{ ...device, name: '' }] })],
  ['a long name', sign({ ...list, devices: [{ ...device, name: 'x'.repeat(65) }] })],
  ['an unknown kind', sign({ ...list, devices: [{ ...device, kind: 'ghost' }] })],
  ['too many devices', sign({ ...list, devices: Array(MAX_DEVICES + 1).fill(device) })],
  ['a short signature', sign(list, new Uint8Array(63))],
];
for (const [title, encoded] of wrong)
  test(`[K1] refuses ${title}`, () => {
    assert.throws(
      () => decodeSignedDeviceList(encoded),
      (error: unknown) => error instanceof DecodeError && error.fault === 'shape',
    );
  });

test.run();

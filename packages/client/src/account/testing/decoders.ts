import type { AccountId, DeviceId } from '@sotto/protocol';
import { DecodeError, fromBase64url, randomId, toBase64url } from '@sotto/protocol';
import type { FuzzedDecoders } from '@sotto/protocol/testing';
import { generateIdentityKeyPair, generateKeyPair } from '../../crypto/index.js';
import { firstDeviceList, listUnderNewKey, nextDeviceList, verifyDeviceList } from '../device-list.js';
import { newKdf } from '../kdf.js';
import {
  decodeLinkCode,
  encodeLinkCode,
  type LinkCode,
  type LinkSecrets,
  openLinkSecrets,
  sealLinkSecrets,
} from '../link-code.js';
import { readToken } from '../mailed-token.js';
import { verifyOffered } from '../offered-list.js';
import {
  decodeOfferedList,
  decodePinnedList,
  encodeOfferedList,
  encodePinnedList,
  firstPin,
  nextPin,
} from '../pinned-list.js';
import { formatRecoveryKey, generateRecoveryKey, parseRecoveryKey } from '../recovery-key.js';
import { openVaultWithPassword, openVaultWithRecoveryKey, sealVault } from '../vault.js';
import { decodeVaultContents, encodeVaultContents, newVaultContents } from '../vault-contents.js';

const account = randomId<AccountId>();
const [identity, other] = [generateIdentityKeyPair(), generateIdentityKeyPair()];
const device = (name: string) => ({
  id: randomId<DeviceId>(),
  key: new Uint8Array(generateIdentityKeyPair().publicKey),
  name,
  kind: 'device' as const,
  added: 1,
});
const [laptop, phone] = [device('laptop'), device('phone')];
const first = firstDeviceList(account, identity, [laptop]);
const second = await nextDeviceList(first, identity, [phone]);
const changed = await listUnderNewKey(second, other, [laptop]);

const recoveryKey = generateRecoveryKey();
const kdf = newKdf();
const vaultHalf = new Uint8Array(32).fill(8);
const contents = newVaultContents(account, recoveryKey);

const ephemeral = generateKeyPair();
const shown: LinkCode = {
  ticket: randomId(),
  device: phone.id,
  key: phone.key,
  ephemeral: ephemeral.publicKey,
  name: 'Phone',
};
const secrets: LinkSecrets = {
  ...{ account, identity: identity.publicKey, vaultVersion: 3 },
  accountLogKeys: contents.accountLogKeys,
  archiveKeys: contents.archiveKeys,
  unlockSecret: contents.unlockSecret,
};

const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Every decoder of what speaks for an account. */
export const accountDecoders: FuzzedDecoders = {
  'device list': {
    samples: () => [second.encoded],
    decode: (bytes) => verifyDeviceList(bytes, { account, pinned: first }),
    form: 'cbor',
  },
  'offered device list': {
    samples: () => [changed.encoded],
    decode: async (bytes) => {
      const offer = await verifyOffered(bytes, second, undefined, 1);
      if (!offer) throw new DecodeError('shape', 'no offer');
      return offer;
    },
    form: 'cbor',
  },
  'pinned list': {
    samples: () => [encodePinnedList(nextPin(firstPin(first, 'ada'), second))],
    decode: decodePinnedList,
    form: 'cbor',
  },
  'kept offer': {
    samples: () => [encodeOfferedList({ ...changed, since: 5 })],
    decode: decodeOfferedList,
    form: 'cbor',
  },
  vault: {
    samples: async () => [await sealVault(contents, { kdf, vaultHalf })],
    decode: async (bytes) => {
      await openVaultWithRecoveryKey(bytes, { account, recoveryKey });
      return openVaultWithPassword(bytes, { account, kdf, vaultHalf });
    },
    form: 'cbor',
  },
  'vault contents': {
    samples: () => [encodeVaultContents(contents)],
    decode: decodeVaultContents,
    form: 'cbor',
  },
  'recovery key': {
    samples: () => [utf8(formatRecoveryKey(recoveryKey)), utf8(formatRecoveryKey(recoveryKey).toLowerCase())],
    decode: (bytes) => parseRecoveryKey(text(bytes)),
    form: 'bytes',
  },
  'link code': {
    samples: () => [utf8(encodeLinkCode(shown))],
    decode: (bytes) => decodeLinkCode(text(bytes)),
    form: 'bytes',
  },
  'link code contents': {
    samples: () => [fromBase64url(encodeLinkCode(shown))],
    decode: (bytes) => decodeLinkCode(toBase64url(bytes)),
    form: 'cbor',
  },
  'link answer': {
    samples: async () => [await sealLinkSecrets(shown, secrets)],
    decode: (bytes) => openLinkSecrets(shown, ephemeral, bytes),
    form: 'cbor',
  },
  'link token': {
    samples: () => [utf8('AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8')],
    decode: (bytes) => readToken(text(bytes)),
    form: 'bytes',
  },
};

import { addressKey, type ProtocolAddress } from '../crypto/index.js';

/** Names of this device's Signal records in the key store. */
export const SIGNAL_KEYS = {
  identity: 'signal/identity',
  registration: 'signal/registration',
  /** The ids that the next pre-keys of each kind begin at. */
  nextIds: 'signal/next-ids',
  preKey: (id: number) => `signal/pre-key/${id}`,
  signedPreKey: (id: number) => `signal/signed-pre-key/${id}`,
  kyberPreKey: (id: number) => `signal/kyber-pre-key/${id}`,
  /** A session begun with a last-resort key: what tells its replay. */
  kyberUse: (id: number, signedPreKeyId: number, baseKey: string) =>
    `signal/kyber-use/${id}/${signedPreKeyId}/${baseKey}`,
  session: (address: ProtocolAddress) => `signal/session/${addressKey(address)}`,
  peer: (address: ProtocolAddress) => `signal/peer/${addressKey(address)}`,
} as const;

import { type CiphertextMessage, isCryptoError, type Kem, type PreKeyBundle } from '@sotto/client/crypto';
import { kyberRound3, TestDevice } from '@sotto/client/testing/crypto';
import type { BundleOptions, SessionPeer } from './session-peer.js';

/** Sotto's side of a session, with the KEM of the official library in place of ML-KEM. */
export class SottoPeer implements SessionPeer {
  readonly #device: TestDevice;

  /** @param kem another one, for controls */
  constructor(
    readonly name: string,
    kem: Kem = kyberRound3,
  ) {
    this.#device = new TestDevice(name, kem);
  }

  publish(options?: BundleOptions): Promise<PreKeyBundle> {
    return this.#device.bundle(options);
  }

  begin(peer: string, bundle: PreKeyBundle): Promise<void> {
    return this.#device.begin(at(peer), bundle);
  }

  encrypt(peer: string, text: string): Promise<CiphertextMessage> {
    return this.#device.encrypt(at(peer), text);
  }

  decrypt(peer: string, message: CiphertextMessage): Promise<string> {
    return this.#device.decrypt(at(peer), message);
  }

  isDuplicate(error: unknown): boolean {
    return isCryptoError(error, 'crypto/duplicate-message');
  }
}

const at = (name: string) => ({ address: { name, deviceId: 1 } });

import { type DevicePreKeys, type MadeDevice, makeDevice } from '@sotto/client/account';
import { toJson } from '@sotto/protocol';
import type { HostileAnswers } from './tampering-fetch.js';

/** A device that nobody's account made, with keys that the server holds. */
export interface Ghost extends MadeDevice {
  /** Where its pre-keys are asked for. */
  readonly bundlePath: string;
  /** Hands out its pre-keys like any device's. */
  readonly bundles: NonNullable<HostileAnswers['forge']>;
}

export function makeGhost(): Ghost {
  const made = makeDevice({ name: 'ghost' });
  const { id, registrationId, identityKey, preKeys } = made.published;
  const { signed, lastResortKem: kem }: DevicePreKeys = preKeys;
  const bundle = toJson({ device: id, registrationId, identityKey, signed, kem }) as object;
  const bundlePath = `/api/devices/${id}/bundle`;
  return { ...made, bundlePath, bundles: ({ path }) => (path === bundlePath ? bundle : undefined) };
}

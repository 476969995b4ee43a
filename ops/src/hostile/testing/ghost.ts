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
  const bundle = bundleOf({ device: made });
  const bundlePath = `/api/devices/${made.id}/bundle`;
  return { ...made, bundlePath, bundles: ({ path }) => (path === bundlePath ? bundle : undefined) };
}

/** The pre-keys that a device published, as they are handed out: without one-time keys. */
export function bundleOf({ device }: { readonly device: MadeDevice }): object {
  const { id, registrationId, identityKey, preKeys } = device.published;
  const { signed, lastResortKem: kem }: DevicePreKeys = preKeys;
  return toJson({ device: id, registrationId, identityKey, signed, kem }) as object;
}

import { clientDecoders } from '@sotto/client/testing/decoders';
import { type Fuzzed, protocolDecoders } from '@sotto/protocol/testing';
import { storeDecoders } from '@sotto/store/testing/decoders';
import { syncServerDecoders } from '@sotto/sync-server/testing/decoders';

/** A decoder to be fuzzed, and the package whose corpus has its inputs. */
export interface Target extends Fuzzed {
  readonly name: string;
  /** Relative to the checkout. */
  readonly folder: string;
}

const targetsOf = (folder: string, decoders: Readonly<Record<string, Fuzzed>>): Target[] =>
  Object.entries(decoders).map(([name, fuzzed]) => ({ ...fuzzed, name, folder }));

/** Everything in Sotto that takes apart bytes from elsewhere, but the crypto library, which has a corpus of its own. */
export const targets: readonly Target[] = [
  ...targetsOf('packages/protocol', protocolDecoders),
  ...targetsOf('packages/client', clientDecoders),
  ...targetsOf('packages/store', storeDecoders),
  ...targetsOf('sync-server', syncServerDecoders),
];

/** @throws RangeError naming all there are */
export function targetNamed(name: string): Target {
  const target = targets.find((one) => one.name === name);
  if (!target)
    throw new RangeError(`no decoder '${name}'; there are: ${targets.map((one) => one.name).join(', ')}`);
  return target;
}

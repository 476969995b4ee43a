import type { DeviceId } from '@sotto/protocol';

/** Whose feed a root names: `f.<device>.<client>` (SPEC D3). */
export function deviceOfRoot(root: string): DeviceId {
  return root.split('.')[1] as DeviceId;
}

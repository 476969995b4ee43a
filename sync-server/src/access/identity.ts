import type { AccountId, DeviceId, SessionId } from '@sotto/protocol';

/** Who a connection speaks for. */
export interface Identity {
  readonly account: AccountId;
  readonly session: SessionId;
  readonly device: DeviceId;
}

import type { ConversationId, ProtocolError } from '@sotto/protocol';
import type { AccountApi } from '../../account/http-api.js';
import type { SeenVersions } from '../../account/seen-versions.js';
import type { DeviceStores } from '../../store/stores.js';
import type { ConnectionState } from '../../sync/connection.js';
import type { WebSocketFactory } from '../../sync/socket.js';
import type { DevicesSnapshot, HistorySnapshot } from '../api/engine-api.js';
import type { AccountKeys } from '../context/account-keys.js';
import type { Self } from '../context/device-context.js';
import type { Room } from '../room/room.js';

/** What an open device tells its engine. */
export interface DeviceEvents {
  roomChanged(room: Room): void;
  listChanged(): void;
  history(snapshot: HistorySnapshot): void;
  connection(state: ConnectionState, error: ProtocolError | null): void;
  /** There is no session any more: it ended, or this device was removed (`auth/device-removed`). */
  sessionEnded(error: ProtocolError): void;
  /** The account's own devices, as far as they are known. */
  devices(snapshot: DevicesSnapshot): void;
  /** Versions of the account's vault and list that are known now. */
  seen(versions: SeenVersions): void;
  /** Somebody else wrote under this device's name: it has to begin another writer session. */
  copied(): void;
  /** Another life of this device is newer: it has to be linked anew. */
  overtaken(): void;
  /** Envelopes have waited too long for their keys, which are asked for still: so many, by conversation. */
  keysOverdue(waiting: ReadonlyMap<ConversationId, number>): void;
  /** Something that should not happen, such as a store that fails: said, never swallowed. */
  fault(error: unknown): void;
}

export interface OpenDeviceInput {
  readonly self: Self;
  readonly stores: DeviceStores;
  readonly api: AccountApi;
  /** Of the account log and the key archive. */
  readonly accountKeys: AccountKeys;
  /** Of the multiplexed socket. */
  readonly syncUrl: string;
  /** Another life of this device goes on: this one stays as it is, and never connects. */
  readonly overtaken: boolean;
  readonly openSocket: WebSocketFactory;
  readonly events: DeviceEvents;
  now(): number;
}

import type { DocumentName, LogName } from '../documents.js';
import type { ErrorCode, Retry } from '../errors/codes.js';
import type { AccountId, ConversationId } from '../ids.js';
import type { YjsMessage } from './yjs-message.js';

/** A Yjs client id and the server's keyed MAC that binds it to one device (SPEC G1). */
export interface ClientGrant {
  readonly client: number;
  /** 16 bytes. */
  readonly mac: Uint8Array;
}

/** One life of a device's engine: of two that claim to be the same device, the one with the higher number goes on (SPEC G4). */
export interface Lease {
  /** From 1, one more with each start. */
  readonly number: number;
  /** 16 random bytes: tells this start from another with the same number. */
  readonly nonce: Uint8Array;
}

/** The clear part of a conversation that servers enforce: who may read and append, and under which counter. */
export interface AccessChange {
  /** `direct` is two people for good; groups come with roles. */
  readonly kind: 'direct' | 'group';
  /** Everyone with access after the change. */
  readonly members: readonly AccessMember[];
}

export interface AccessMember {
  readonly account: AccountId;
  readonly role: 'admin' | 'member';
}

/** What a device sends (SPEC W). */
export type DeviceFrame =
  /** First frame. `cursor` is the last one that the device was given and adopted, empty for a full check (SPEC C). */
  | {
      readonly type: 'hello';
      readonly version: number;
      readonly token: string;
      readonly grants: readonly ClientGrant[];
      readonly lease: Lease;
      readonly cursor: Uint8Array;
    }
  /** A newer access token for the same session, before the old one runs out. */
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'subscribe'; readonly logs: readonly LogName[] }
  | { readonly type: 'unsubscribe'; readonly logs: readonly LogName[] }
  /** Only `state-vector`; what a device writes travels in `append`. */
  | { readonly type: 'sync'; readonly document: DocumentName; readonly message: YjsMessage }
  /** `batch` is the device's own number for the acknowledgement; `counter` the state counter it was sealed under. */
  | {
      readonly type: 'append';
      readonly batch: number;
      readonly counter: number;
      readonly document: DocumentName;
      readonly update: Uint8Array;
    }
  /** Appends to the state log, changes the access list and raises the counter from `counter` to `counter + 1`. */
  | {
      readonly type: 'advance';
      readonly batch: number;
      readonly counter: number;
      readonly conversation: ConversationId;
      readonly change: AccessChange;
      readonly document: DocumentName;
      readonly update: Uint8Array;
    }
  | { readonly type: 'grant' }
  | { readonly type: 'awareness'; readonly log: LogName; readonly payload: Uint8Array }
  | { readonly type: 'ping' }
  /** Everything that came is stored: asks for a cursor of now (SPEC C5). */
  | { readonly type: 'cursor' };

export interface ConversationHead {
  readonly conversation: ConversationId;
  readonly counter: number;
}

export type Notice =
  /** The access list or counter changed; `member` is whether the receiver still belongs. */
  | {
      readonly kind: 'access';
      readonly conversation: ConversationId;
      readonly counter: number;
      readonly member: boolean;
    }
  /** An account that the receiver shares a conversation with (or its own) has a new device list. */
  | { readonly kind: 'devices'; readonly account: AccountId; readonly version: number }
  /** The server is going away; come back in about this time, milliseconds. */
  | { readonly kind: 'drain'; readonly returnMs: number };

/** What a server sends (SPEC W). */
export type ServerFrame =
  | {
      readonly type: 'welcome';
      readonly version: number;
      /** Server's clock, milliseconds since 1970. */
      readonly time: number;
      readonly conversations: readonly ConversationHead[];
    }
  /** Newest segment of a log and how many envelopes it holds; (0, 0) for a log nobody wrote to. */
  | { readonly type: 'head'; readonly log: LogName; readonly segment: number; readonly count: number }
  | { readonly type: 'sync'; readonly document: DocumentName; readonly message: YjsMessage }
  /** Everything of `client` below clock `next` in `document` is durable. */
  | {
      readonly type: 'ack';
      readonly batch: number;
      readonly document: DocumentName;
      readonly client: number;
      readonly next: number;
    }
  | { readonly type: 'granted'; readonly grant: ClientGrant }
  /** The answer to `advance`: state record durable, access list changed, this the new counter. */
  | {
      readonly type: 'advanced';
      readonly batch: number;
      readonly conversation: ConversationId;
      readonly counter: number;
    }
  /** `batch` names what was refused, 0 when it was no batch; `subject` the log or document where there is one. */
  | {
      readonly type: 'error';
      readonly code: ErrorCode;
      readonly retry: Retry;
      readonly retryAfterMs: number;
      readonly batch: number;
      readonly subject: string;
    }
  | { readonly type: 'notice'; readonly notice: Notice }
  | { readonly type: 'awareness'; readonly log: LogName; readonly payload: Uint8Array }
  | { readonly type: 'pong' }
  /**
   * The answer to a cursor: every log of the device is followed from now on, and nothing happened since but in `logs`, whose
   * heads come next. Or, with `isAll`, that all is to be subscribed to and compared, and nothing is followed.
   */
  | {
      readonly type: 'resumed';
      readonly isAll: boolean;
      readonly cursor: Uint8Array;
      readonly logs: readonly LogName[];
    }
  /** Empty where none can be given now. */
  | { readonly type: 'cursor'; readonly cursor: Uint8Array };

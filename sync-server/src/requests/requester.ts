import type { DeviceFrame, ProtocolError, ServerFrame } from '@sotto/protocol';
import type { Parts } from '../parts.js';
import type { Peer } from '../peers/peers.js';

export type FrameOf<T extends DeviceFrame['type']> = Extract<DeviceFrame, { type: T }>;

/** What a request is about, for the error that refuses it (SPEC W3 `error`). */
export interface About {
  readonly batch: number;
  readonly subject: string;
}

/** A device as its requests see it. */
export interface Requester extends Peer {
  readonly clients: Set<number>;
  readonly parts: Parts;
  send(frame: ServerFrame): void;
  /** Resolves when the reader can take more: for what can wait. */
  room(): Promise<void>;
  /** Refuses one request, or closes where the error is one that ends a connection. */
  refuse(error: ProtocolError, about: About): void;
  /**
   * Does something after everything before it in its lane; what it throws refuses the request.
   * @param bytes of memory held until it is done
   * @param done called when it is over, also when it was not begun because the connection closed
   */
  run(lane: string, bytes: number, about: About, task: () => Promise<void>, done?: () => void): void;
}

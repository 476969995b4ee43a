import type { ErrorCode } from '@sotto/protocol';

/** A device's multiplexed socket, or a stock provider's. */
export type SocketKind = 'device' | 'stock';

/** Is told what happens, for operators: counts and sizes, never whose or what. */
export interface Meters {
  /** A WebSocket message came. */
  received(frames: number, bytes: number): void;
  /** One was handed to the operating system. */
  sent(frames: number, bytes: number): void;
  /** Somebody was refused something, or cut off. */
  refused(code: ErrorCode): void;
  /** A reader was slower than what was written for it: the rest comes from the store when there is room (SPEC S13). */
  readerBehind(): void;
  /** A reader was so far behind that it was cut off. */
  slowReader(): void;
  /** A socket closed. */
  closed(kind: SocketKind, code: number, seconds: number): void;
  /** Does what a device asks. @param asked type of its frame */
  request(asked: string, task: () => Promise<void>): Promise<void>;
}

const ignore = (): void => undefined;

/** Where nobody wants to know. */
export const NO_METERS: Meters = {
  received: ignore,
  sent: ignore,
  refused: ignore,
  readerBehind: ignore,
  slowReader: ignore,
  closed: ignore,
  request: (_asked, task) => task(),
};

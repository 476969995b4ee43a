import { LIMITS } from '@sotto/protocol';
import { ACTIVITY_BOUNDS } from './activity/activity.js';

/** Bounds of the server's own that no device needs to know. Sizes are bytes, times milliseconds. */
export const SERVER_LIMITS = {
  ...ACTIVITY_BOUNDS,
  hellosAtOnce: 128,
  hellosWaiting: 4_096,
  admissionMs: 5_000,
  comparedAtOnce: 16_384,
  comparingMs: 250,
  /** Heads and answers read from the store at once, for all devices together. */
  readsAtOnce: 256,
  /** From the open socket to its hello. */
  helloMs: 10_000,
  /** A device silent for this long is gone (SPEC W8). */
  silenceMs: 3 * LIMITS.heartbeatMs,
  /** How often time limits are looked at. */
  sweepMs: 5_000,
  /** A stock provider hangs up after 30 s without a message. */
  stockKeepAliveMs: 15_000,
  /** Longest wait for a closing handshake before the socket is cut. */
  closingMs: 5_000,
  /** Longest wait for taken batches to finish when draining. */
  drainMs: 10_000,
  /** About when devices come back that were sent away to catch up with what this server was not told. */
  catchUpReturnMs: 1_000,
  /** Frames are gathered into WebSocket messages of about this size. */
  gatherBytes: 65_536,
  /** One `sync` frame of an answer or a broadcast. */
  answerBytes: 262_144,
  /** Unsent bytes above which answers wait for their reader, and what others wrote stays in the store until there is room. */
  lowWaterBytes: 524_288,
  /** Unsent bytes above which a reader is too slow (SPEC S13). */
  highWaterBytes: 8_388_608,
  /** Feeds that a slow reader may have missed and is still to be sent from the store. */
  missedFeeds: 16_384,
  /** Work taken from one socket and not finished, above which it is not read from. */
  pendingTasks: 1_024,
  pendingBytes: 8_388_608,
  /** The same of all sockets of an account, and bytes of all of them together: beyond that requests are refused. */
  accountPendingTasks: 4_096,
  accountPendingBytes: 16_777_216,
  serverPendingBytes: 268_435_456,
  /** Answers read from storage at once for one socket. */
  answersAtOnce: 8,
  /** Envelopes a device may append: so many at once, then so many a second. */
  appendBurst: 2_048,
  appendPerSecond: 256,
  /** Bytes that count as one of them, whatever they are: 8 MiB at once, then 1 MiB a second. */
  appendBytesEach: 4_096,
  /** The same for all devices of an account together, whatever their sockets and documents. */
  accountAppendBurst: 8_192,
  accountAppendPerSecond: 1_024,
  /** Subscriptions and questions for what is stored, of an account. */
  accountReadBurst: 32_768,
  accountReadsPerSecond: 1_024,
  /** Envelopes of one device into one inbox: so many at once, then so many a second. */
  inboxBurst: 128,
  inboxPerSecond: 0.1,
  /** Sockets that have not said hello yet: above them the oldest is closed. */
  socketsBeforeHello: 1_024,
  /** Multiplexed sockets of one device, and sockets of any kind of one account: above them the oldest is closed. */
  socketsPerDevice: 8,
  socketsPerAccount: 64,
  /** The same for awareness payloads of a connection. */
  awarenessBurst: 20,
  awarenessPerSecond: 10,
  /** Devices whose pace is remembered. */
  pacedDevices: 100_000,
  /** One awareness message of a stock provider, which may speak for many ids. */
  stockAwarenessBytes: 16_384,
};

export type ServerLimits = typeof SERVER_LIMITS;

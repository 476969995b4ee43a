/** Every bound of the wire, in one place (SPEC L). Sizes are bytes, times milliseconds. */
export const LIMITS = {
  /** One sealed envelope. A 20 kB message padded to its bucket fits three times. */
  envelopeBytes: 65_536,
  /** Envelopes in one update from a device. */
  updateEnvelopes: 256,
  /** One update from a device. */
  updateBytes: 262_144,
  /** One WebSocket message in either direction. */
  messageBytes: 1_048_576,
  /** Frames in one WebSocket message: bounds what a message of tiny frames makes its reader allocate. */
  messageFrames: 4_096,
  /** Structs of one client or clients of one document in an answer that a device accepts. */
  answerStructs: 65_536,
  /** Envelopes after which writers move on to the next segment. */
  segmentSoft: 256,
  /** Envelopes a segment can hold. */
  segmentHard: 1_024,
  /** Logs one connection may be subscribed to. */
  subscriptions: 4_096,
  /** Yjs client ids a connection may present. */
  grants: 64,
  /** What a device keeps for its next hello. */
  cursorBytes: 64,
  /** Highest number of a lease. */
  leaseNumber: 0xffff_ffff,
  /** A sealed awareness state. */
  awarenessBytes: 2_048,
  /** Time between a device's pings; the server closes after three without one. */
  heartbeatMs: 25_000,
  /** Envelopes in one chain before its conversation moves to a new epoch. */
  chainEnvelopes: 1_000,
  /** Body of an HTTP request. */
  requestBytes: 262_144,
  /** Content of one attachment. */
  attachmentBytes: 26_214_400,
  /** One sealed chunk of it; the last may be shorter. */
  attachmentChunkBytes: 262_144,
  attachmentChunks: 101,
  /** Attachments that one message speaks of. */
  messageAttachments: 10,
  usernameMin: 3,
  usernameMax: 32,
  passwordMin: 8,
  passwordMax: 128,
  emailMax: 254,
  /** One-time pre-keys a device uploads at once, and the count below which it uploads more. */
  preKeyBatch: 50,
  preKeyLow: 20,
} as const;

/** Wire version that hello and welcome carry (SPEC W2). */
export const WIRE_VERSION = 1;

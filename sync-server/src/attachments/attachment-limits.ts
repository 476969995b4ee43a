/** Bounds of attachments that no device needs to know. Sizes are bytes, times milliseconds. */
export const ATTACHMENT_LIMITS = {
  /** Chunks on their way at one server, in either direction: each is in memory once or twice. */
  transfers: 64,
  /** The same of one account. */
  transfersPerAccount: 8,
  /** What an account may send: so much at once, then so much a second. */
  sentBurst: 67_108_864,
  sentPerSecond: 4_194_304,
  /** What an account may be given. */
  givenBurst: 268_435_456,
  givenPerSecond: 16_777_216,
  /** Uploads that an account may begin, go on with or end, and what it may ask about them. */
  askedBurst: 120,
  askedPerSecond: 4,
  /** Accounts whose pace is remembered. */
  pacedAccounts: 100_000,
  /** How often what ended is deleted, about. */
  sweepMs: 60_000,
  /** Uploads looked at in one go, and places whose upload is looked for. */
  sweepUploads: 1_000,
  sweepPlaces: 64,
  /** From an answer that there is no room now to the next try. */
  busyMs: 1_000,
};

export type AttachmentLimits = typeof ATTACHMENT_LIMITS;

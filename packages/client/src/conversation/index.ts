export * from './account-keys-record.js';
export * from './archive-record.js';
export { AttachmentChunks, attachmentIdOf, chunkHash } from './attachment-chunks.js';
export * from './binding.js';
export * from './chain.js';
export * from './chain-cache.js';
export * from './chain-record.js';
export * from './chain-signature.js';
export * from './clock.js';
export * from './departures.js';
export * from './direct.js';
export * from './envelope.js';
export * from './errors.js';
export * from './event.js';
export type { DistributionId } from './fields.js';
export { NO_HASH } from './hash.js';
export * from './inbox-element.js';
export * from './inbox-record.js';
export * from './key-record.js';
export * from './own-chain.js';
export { BUCKETS } from './padding.js';
export * from './read-mark.js';
export * from './request-record.js';
export * from './state-body.js';
export * from './state-envelope.js';
export * from './state-event.js';
export * from './state-fold.js';
export * from './state-signature.js';
export * from './stored-content.js';
export * from './succession.js';
export * from './text.js';
export * from './timeline.js';
export type {
  DeliveryMark,
  OutboxEntry,
  PlacedEntry,
  TimelineEntry,
  TimelineMessage,
} from './timeline-entry.js';
export * from './watermarks.js';

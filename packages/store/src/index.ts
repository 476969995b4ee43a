export * from './access/access-lists.js';
export * from './access/bans.js';
export * from './access/entitled.js';
export * from './access/erased-ids.js';
export * from './activity/activity-store.js';
export * from './activity/buckets.js';
export {
  type Asked as AskedAttachment,
  type AttachmentOptions,
  Attachments,
  type Manifest as AttachmentManifest,
  QUOTA_BYTES,
} from './attachments/attachments.js';
export * from './attachments/chunk-store.js';
export * from './attachments/dropping.js';
export * from './claims/claim-store.js';
export * from './claims/level-claim-store.js';
export * from './couch/couch-claim-store.js';
export * from './couch/couch-log-store.js';
export {
  type ReplicationState,
  replicateFrom,
  replicationStates,
  stopReplicating,
} from './couch/replication.js';
export { type RotationStep, rotateClaims } from './couch/rotate.js';
export * from './couch/rotating-claim-store.js';
export { rotatingParts } from './couch/rotation.js';
export { setUpCouch, tearDownCouch } from './couch/set-up.js';
export * from './couch/set-up-error.js';
export * from './couch/settings.js';
export * from './erasure/conversation-parts.js';
export * from './erasure/erasure-runner.js';
export * from './erasure/left.js';
export * from './erasure/orders.js';
export { connectStores, type HostedStores } from './host/connect-stores.js';
export { type StoreHost, type StoreHostOptions, serveStores } from './host/serve-stores.js';
export * from './keys.js';
export * from './level/store-open-error.js';
export * from './log/level-log-store.js';
export * from './log/log-store.js';
export * from './measured/measured-stores.js';
export * from './open-couch.js';
export * from './open-level.js';
export * from './open-stores.js';
export * from './store-settings.js';
export type { Unsubscribe } from './watch/unsubscribe.js';

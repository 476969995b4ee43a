export * from './activity/activity-store-suite.js';
export * from './attachments/attachments-suite.js';
export * from './attachments/chunk-store-suite.js';
export * from './claims/claim-servers-suite.js';
export * from './claims/claim-store-suite.js';
export * from './log/log-servers-suite.js';
export * from './log/log-store-suite.js';
export { startCouchPeer } from './testing/couch-peer.js';
export { COUCH_SERVERS, testSettings } from './testing/couch-servers.js';

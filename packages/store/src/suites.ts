export * from './claims/claim-store-suite.js';
export * from './log/log-store-suite.js';

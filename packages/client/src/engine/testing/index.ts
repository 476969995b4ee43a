export { decodeArchiveEntry } from '../archive/archive-entry.js';
export { sealAccountUpdate } from '../context/account-log.js';
export { AccountState } from '../context/account-state.js';
export { Writer } from './writer.js';

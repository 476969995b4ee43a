import type { ByteReader } from '@sotto/protocol';
import { ClaimTakenError } from '../claims/claim-store.js';
import type { Answer } from './host-link.js';
import { unavailable } from './host-link.js';
import { STATUS } from './operations.js';

/**
 * What follows the status of success.
 * @param key that was asked for, where it is a claim's
 * @throws ClaimTakenError
 * @throws ProtocolError `sync/store-unavailable`
 */
export function answered({ status, reader }: Answer, key = ''): ByteReader {
  if (status === STATUS.done) return reader;
  if (status === STATUS.taken) throw new ClaimTakenError(key);
  throw unavailable('the store host says so');
}

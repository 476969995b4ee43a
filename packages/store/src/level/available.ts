import { ProtocolError } from '@sotto/protocol';

/**
 * Runs one piece of work on the database.
 * @throws ProtocolError `sync/store-unavailable` for whatever the database threw; nothing may be assumed then
 */
export async function available<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError('sync/store-unavailable', { cause: error });
  }
}

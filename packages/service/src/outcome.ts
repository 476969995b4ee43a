import { ProtocolError } from '@sotto/protocol';

/** An error's stable code, where it has one. */
export function outcomeOf(error: unknown): string {
  return error instanceof ProtocolError ? error.code : 'failed';
}

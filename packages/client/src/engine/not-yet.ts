import { ProtocolError } from '@sotto/protocol';
import type { GroupCalls } from './api/engine-api.js';

type LaterCalls = GroupCalls;

const refuse = async (): Promise<never> => {
  throw new ProtocolError('service/unavailable', { detail: 'not built yet' });
};

/** Calls that are described and not carried out yet. Each goes from here when its part is there. */
export const NOT_YET: LaterCalls = {
  lookUp: refuse,
  createGroup: refuse,
  addMembers: refuse,
  removeMember: refuse,
  leaveGroup: refuse,
  setRole: refuse,
  renameGroup: refuse,
  setSharesPast: refuse,
  withdrawChange: refuse,
};

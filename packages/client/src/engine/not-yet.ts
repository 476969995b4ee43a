import { ProtocolError } from '@sotto/protocol';
import type { AccountCalls, GroupCalls } from './api/engine-api.js';

type LaterCalls = AccountCalls & GroupCalls;

const refuse = async (): Promise<never> => {
  throw new ProtocolError('service/unavailable', { detail: 'not built yet' });
};

/** Calls that are described and not carried out yet. Each goes from here when its part is there. */
export const NOT_YET: LaterCalls = {
  renameDevice: refuse,
  removeDevice: refuse,
  changePassword: refuse,
  newRecoveryKey: refuse,
  requestReset: refuse,
  completeReset: refuse,
  recover: refuse,
  startOver: refuse,
  beginLink: refuse,
  cancelLink: refuse,
  readLink: refuse,
  approveLink: refuse,
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

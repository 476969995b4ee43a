import type { EngineCalls, TopicName } from '@sotto/client';
import type { ErrorCode } from '@sotto/protocol';
import type { TimelineDifference } from './timeline-difference.js';

/**
 * What tabs and the engine's worker say to each other. On the control channel everybody hears everything; each tab
 * then has a channel of its own, so that snapshots are copied to the tab that asked only.
 */
export const CONTROL_CHANNEL = 'sotto-engine';
export const tabChannel = (tab: string): string => `sotto-engine:${tab}`;
/** Held by each tab as long as it lives: the worker learns by it that a tab is gone, however it went. */
export const tabLock = (tab: string): string => `sotto-tab:${tab}`;
/** Held by the tab that owns the worker. */
export const LEADER_LOCK = 'sotto-leader';
/** Held by the worker itself, so that two engines never run at once. */
export const ENGINE_LOCK = 'sotto-engine';

export type CallName = keyof EngineCalls;

/**
 * What becomes of a call whose worker took it and went away before it answered: `again` is asked of the next worker,
 * since asking twice is the same as once; `refuse` might happen twice, so the person decides. What no worker took is
 * asked of the next one in any case.
 */
export const CALLS = {
  requestSignUp: 'refuse',
  checkLink: 'again',
  completeSignUp: 'refuse',
  signIn: 'refuse',
  signOut: 'again',
  removeFromBrowser: 'again',
  localContents: 'again',
  startDirect: 'again',
  answerRequest: 'again',
  unblock: 'again',
  send: 'refuse',
  retry: 'again',
  discard: 'again',
  markRead: 'again',
  saveDraft: 'again',
  loadOlder: 'again',
  reconnect: 'again',
  renameDevice: 'refuse',
  removeDevice: 'refuse',
  seeOwnDevices: 'again',
  changePassword: 'refuse',
  newRecoveryKey: 'refuse',
  requestReset: 'again',
  checkReset: 'again',
  completeReset: 'refuse',
  recover: 'refuse',
  startOver: 'refuse',
  renewAccount: 'refuse',
  beginLink: 'refuse',
  cancelLink: 'again',
  readLink: 'again',
  approveLink: 'refuse',
  attach: 'refuse',
  detach: 'again',
  openAttachment: 'again',
  readAttachment: 'again',
  cancelOpening: 'again',
  attachmentUsage: 'again',
  eraseAccount: 'refuse',
  erasureProgress: 'again',
  lookUp: 'again',
  createGroup: 'refuse',
  addMembers: 'refuse',
  removeMember: 'again',
  leaveGroup: 'again',
  hideGroup: 'again',
  eraseGroup: 'refuse',
  setRole: 'again',
  renameGroup: 'again',
  setSharesPast: 'again',
  withdrawChange: 'again',
  safetyNumber: 'again',
  checkScanned: 'again',
  setVerified: 'again',
  acceptIdentity: 'again',
  seeDevices: 'again',
} as const satisfies Record<CallName, 'again' | 'refuse'>;

export type ControlMessage =
  | { readonly type: 'serving'; readonly generation: string }
  /** The worker could not start; another try follows. */
  | { readonly type: 'down' }
  | { readonly type: 'hello'; readonly tab: string }
  | { readonly type: 'bye'; readonly tab: string };

export type ToEngine =
  | { readonly type: 'call'; readonly id: number; readonly name: CallName; readonly input: unknown }
  | { readonly type: 'watch'; readonly id: number; readonly topic: TopicName; readonly argument: unknown }
  | { readonly type: 'unwatch'; readonly id: number };

export type FromEngine =
  | { readonly type: 'welcome'; readonly generation: string }
  /** Said before the call is done anything about, where it may not be done twice. */
  | { readonly type: 'taken'; readonly id: number }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | {
      readonly type: 'failure';
      readonly id: number;
      readonly code: ErrorCode;
      readonly retryAfterMs: number | undefined;
    }
  /** A whole snapshot, the first of a watch at least. `nth` counts what was said of this watch. */
  | { readonly type: 'snapshot'; readonly id: number; readonly nth: number; readonly value: unknown }
  /** What makes the next snapshot of a timeline of the one before it. */
  | {
      readonly type: 'difference';
      readonly id: number;
      readonly nth: number;
      readonly value: TimelineDifference;
    };

/** What both a `BroadcastChannel` and a `MessagePort` can do. */
export interface Channel<In, Out> {
  post(message: Out): void;
  close(): void;
  /** Called with each message; set once, at the start. */
  listen(receive: (message: In) => void): void;
}

/** Opens a channel by name. */
export type OpenChannel = <In, Out>(name: string) => Channel<In, Out>;

/** Channels by `BroadcastChannel`: between tabs and workers of this browser and origin. */
export const openBroadcast: OpenChannel = <In, Out>(name: string): Channel<In, Out> => {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    close: () => channel.close(),
    listen(receive) {
      channel.onmessage = (event) => receive(event.data as In);
    },
  };
};

import type { AccountId, ConversationId, DeviceId, SessionId } from '@sotto/protocol';
import { DecodeError, parseId } from '@sotto/protocol';

/**
 * Claims that more than one server reads or watches. Whoever owns a family writes it; the key is how the others learn
 * of it. Numbers are padded so that keys sort as they count.
 */

/** Signed device lists, by account and version: written by the auth server, watched by the sync server. */
export const DEVICE_LISTS = 'devices:';
/** Sessions that ended: written by the auth server, watched by the sync server. */
export const SESSIONS_ENDED = 'session-ended:';
/** Accounts that are kept out: written by whoever runs Sotto, watched by the sync and auth servers. */
export const BANS = 'ban:';
/** Leases of devices, by number: written and watched by the sync servers. */
export const LEASES = 'lease:';
/** Mail to be sent, oldest first: written by the auth server, consumed by the notifier. */
export const MAILS = 'mail:';
/** Access changes, by conversation and counter. */
export const CONVERSATIONS = 'conversation:';
/** Conversations that an account was ever given access to. */
export const MEMBERS = 'member:';

const VERSION_DIGITS = 9;
const COUNTER_DIGITS = 12;
const TIME_DIGITS = 15;

const padded = (value: number, digits: number) => String(value).padStart(digits, '0');

/** Keys of all versions of an account's device list begin so; the highest is the newest. */
export function deviceListPrefix(account: AccountId): string {
  return `${DEVICE_LISTS}${account}:`;
}

export function deviceListKey(account: AccountId, version: number): string {
  return deviceListPrefix(account) + padded(version, VERSION_DIGITS);
}

/** @throws RangeError for a key of another family */
export function parseDeviceListKey(key: string): { account: AccountId; version: number } {
  const [account, version] = rest(DEVICE_LISTS, key).split(':');
  return { account: parseId<AccountId>(account!), version: wholeNumber(version) };
}

export function sessionEndedKey(session: SessionId): string {
  return SESSIONS_ENDED + session;
}

/** @throws RangeError for a key of another family */
export function parseSessionEndedKey(key: string): SessionId {
  return parseId<SessionId>(rest(SESSIONS_ENDED, key));
}

export function banKey(account: AccountId): string {
  return BANS + account;
}

/** @throws RangeError for a key of another family */
export function parseBanKey(key: string): AccountId {
  return parseId<AccountId>(rest(BANS, key));
}

/** Keys of a device's leases begin so; the highest is the one that counts. */
export function leasePrefix(device: DeviceId): string {
  return `${LEASES}${device}:`;
}

export function leaseKey(device: DeviceId, number: number): string {
  return leasePrefix(device) + padded(number, COUNTER_DIGITS);
}

/** @throws RangeError for a key of another family */
export function parseLeaseKey(key: string): { device: DeviceId; number: number } {
  const [device, number] = rest(LEASES, key).split(':');
  return { device: parseId<DeviceId>(device!), number: wholeNumber(number) };
}

/**
 * @param at when it was asked for, milliseconds since 1970
 * @param id makes it unique: random, in base64url
 */
export function mailKey(at: number, id: string): string {
  return `${MAILS}${padded(at, TIME_DIGITS)}-${id}`;
}

/** @throws RangeError for a key of another family */
export function parseMailKey(key: string): { at: number; id: string } {
  const text = rest(MAILS, key);
  return { at: Number(text.slice(0, TIME_DIGITS)), id: text.slice(TIME_DIGITS + 1) };
}

/** Keys of all access changes of a conversation begin so; the highest holds the access list that counts. */
export function conversationPrefix(conversation: ConversationId): string {
  return `${CONVERSATIONS}${conversation}:`;
}

/** @param counter from 1, which is the creation */
export function conversationKey(conversation: ConversationId, counter: number): string {
  return conversationPrefix(conversation) + padded(counter, COUNTER_DIGITS);
}

/** @throws RangeError for a key of another family */
export function parseConversationKey(key: string): { conversation: ConversationId; counter: number } {
  const [conversation, counter] = rest(CONVERSATIONS, key).split(':');
  return { conversation: parseId<ConversationId>(conversation!), counter: wholeNumber(counter) };
}

/** Whether a key is one of the family, whole: claims that no server of ours wrote are passed over by who watches. */
function isKey(parse: (key: string) => unknown): (key: string) => boolean {
  return (key) => {
    try {
      parse(key);
      return true;
    } catch (error) {
      if (error instanceof RangeError || error instanceof DecodeError) return false;
      throw error;
    }
  };
}

export const isConversationKey = isKey(parseConversationKey);
export const isSessionEndedKey = isKey(parseSessionEndedKey);
export const isLeaseKey = isKey(parseLeaseKey);
export const isBanKey = isKey(parseBanKey);
export const isDeviceListKey = isKey(parseDeviceListKey);

export function memberPrefix(account: AccountId): string {
  return `${MEMBERS}${account}:`;
}

export function memberKey(account: AccountId, conversation: ConversationId): string {
  return memberPrefix(account) + conversation;
}

/** @throws RangeError for a key of another family */
export function parseMemberKey(key: string): { account: AccountId; conversation: ConversationId } {
  const [account, conversation] = rest(MEMBERS, key).split(':');
  return { account: parseId<AccountId>(account!), conversation: parseId<ConversationId>(conversation!) };
}

function rest(prefix: string, key: string): string {
  if (!key.startsWith(prefix)) throw new RangeError(`claim key: not one of ${prefix}`);
  return key.slice(prefix.length);
}

function wholeNumber(text: string | undefined): number {
  if (!text || !/^\d{1,15}$/.test(text)) throw new RangeError('claim key: not a number');
  return Number(text);
}

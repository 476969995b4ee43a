import { hashText } from '../records/hash.js';
import type { LiveAccount } from '../records/record.js';

/** Something that one account at most holds. */
export interface Name {
  readonly key: string;
  /** Whether this account, as it was committed, is the one that holds it. */
  holds(account: LiveAccount): boolean;
}

export function usernameName(username: string): Name {
  return { key: `username:${username}`, holds: (account) => account.username === username };
}

/** @param email in lower case; only its hash stands in the key */
export function emailName(email: string): Name {
  return { key: `email:${hashText(email)}`, holds: (account) => account.email === email };
}

/** The use of a mailed link. @param hash of its secret */
export function linkUseName(hash: string): Name {
  return { key: `link-used:${hash}`, holds: (account) => account.link === hash };
}

/** What somebody typed to sign in: an address has an at sign, a username never. */
export function loginName(login: string): Name {
  return login.includes('@') ? emailName(login) : usernameName(login);
}

import type { LogKind, LogName } from '@sotto/protocol';
import { logName } from '@sotto/protocol';
import type { ErasedKind } from '../access/erased-ids.js';
import { erasedKind } from '../access/erased-ids.js';
import type { Claim, ClaimStore } from '../claims/claim-store.js';
import type { LogStore } from '../log/log-store.js';

/** Every family of claims that servers write. */
export const CLAIM_FAMILIES = [
  ...[
    'account',
    'account-version',
    'account-device',
    'account-session',
    'username',
    'email',
    'device',
    'devices',
  ],
  ...['link', 'link-used', 'reset-link', 'link-ticket', 'link-answer', 'prekey', 'prekey-taken'],
  ...['mail', 'mail-lease', 'mailbox', 'session', 'session-device', 'session-ended', 'refresh', 'lease'],
  ...['conversation', 'member', 'attachment', 'attachment-use', 'attachment-due', 'attachment-fate'],
  ...['erasure', 'erasure-lease', 'erasure-step', 'erased', 'ban'],
] as const;

const KINDS: readonly LogKind[] = ['a', 'k', 'i', 'm', 'r', 's'];
const ID = /^[A-Za-z0-9_-]{22}$/;
const PAGE = 500;

/** What the stores have of something: nothing that says what it is, only where and how much. */
export interface Left {
  /** Claims whose key or body names it, by family. */
  readonly claims: Readonly<Record<string, number>>;
  /** Records of its logs, by kind: of the newest segment. */
  readonly logs: Readonly<Record<string, number>>;
  /** What an id was of that was erased. */
  readonly erased: ErasedKind | null;
}

/**
 * Looks through everything for an id, a username or an address: for whoever has to show that it is gone. Reads all claims.
 * @param text as it is spelt in keys and bodies
 */
export async function whatIsLeft(
  { log, claims }: { readonly log: LogStore; readonly claims: ClaimStore },
  text: string,
): Promise<Left> {
  const found: Record<string, number> = {};
  for (const family of CLAIM_FAMILIES)
    for await (const { key, body } of claimsOf(claims, family))
      if (names(key, text) || Buffer.from(body).includes(text)) found[family] = (found[family] ?? 0) + 1;
  const logs: Record<string, number> = {};
  for (const kind of ID.test(text) ? KINDS : []) {
    const { segment, count } = await log.head(nameOf(kind, text));
    if (segment + count > 0) logs[kind] = count;
  }
  return { claims: found, logs, erased: (await erasedKind(claims, text)) ?? null };
}

/** Whether one of the parts of a key is this. */
function names(key: string, text: string): boolean {
  return key.split(':').includes(text);
}

function nameOf(kind: LogKind, owner: string): LogName {
  return logName(kind, owner as Parameters<typeof logName>[1]);
}

async function* claimsOf(claims: ClaimStore, family: string): AsyncGenerator<Claim> {
  for (let after: string | undefined; ; ) {
    const range = { prefix: `${family}:`, limit: PAGE, ...(after === undefined ? {} : { after }) };
    const page = await claims.list(range);
    yield* page;
    after = page.at(-1)?.key;
    if (page.length < PAGE) return;
  }
}

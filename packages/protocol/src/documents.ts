import { DecodeError } from './errors/decode-error.js';
import type { AccountId, ConversationId, DeviceId } from './ids.js';
import { parseId } from './ids.js';

/**
 * The kinds of log (SPEC D1). `m` messages, `s` state and `r` receipts belong to a conversation, `a` the account log
 * and `k` the key archive to an account, `i` the inbox to a device.
 */
export type LogKind = 'm' | 's' | 'r' | 'a' | 'k' | 'i';

/** `<kind>.<owner>`: every segment of one log together; what a device subscribes to. */
export type LogName = string & { readonly __brand: 'log' };
/** `<kind>.<owner>.<segment>`: one segment, which is one Yjs document. */
export type DocumentName = string & { readonly __brand: 'document' };

export type LogOwner = ConversationId | AccountId | DeviceId;

export type Log =
  | { readonly kind: 'm' | 's' | 'r'; readonly owner: ConversationId }
  | { readonly kind: 'a' | 'k'; readonly owner: AccountId }
  | { readonly kind: 'i'; readonly owner: DeviceId };

/** A log and one of its segments, counted from 0. */
export interface Document {
  readonly log: Log;
  readonly segment: number;
}

const KINDS = new Set<string>(['m', 's', 'r', 'a', 'k', 'i']);
/** Highest segment number; six digits keep every name short. */
export const MAX_SEGMENT = 999_999;

export function logName(kind: LogKind, owner: LogOwner): LogName {
  return `${kind}.${owner}` as LogName;
}

export function documentName(log: LogName, segment: number): DocumentName {
  if (!Number.isInteger(segment) || segment < 0 || segment > MAX_SEGMENT)
    throw new RangeError('segment out of range');
  return `${log}.${segment}` as DocumentName;
}

/** @throws DecodeError `document-name` */
export function parseLogName(text: string): { name: LogName; log: Log } {
  const [kind, owner, ...rest] = text.split('.');
  if (!kind || !owner || rest.length > 0 || !KINDS.has(kind)) throw new DecodeError('document-name');
  return { name: text as LogName, log: { kind, owner: parseId(owner) } as Log };
}

interface ParsedDocument {
  readonly name: DocumentName;
  readonly log: LogName;
  readonly document: Document;
}

/** Names that were parsed lately: a server meets the same one many times for every update. */
const lately = new Map<string, ParsedDocument>();
const LATELY = 4_096;

/** @throws DecodeError `document-name`, also for a segment with leading zeros or out of range */
export function parseDocumentName(text: string): ParsedDocument {
  const known = lately.get(text);
  if (known) return known;
  const parsed = parseName(text);
  if (lately.size >= LATELY) lately.clear();
  lately.set(text, parsed);
  return parsed;
}

function parseName(text: string): ParsedDocument {
  const cut = text.lastIndexOf('.');
  const digits = text.slice(cut + 1);
  if (cut < 0 || !/^(0|[1-9][0-9]{0,5})$/.test(digits)) throw new DecodeError('document-name');
  const { name, log } = parseLogName(text.slice(0, cut));
  return { name: text as DocumentName, log: name, document: { log, segment: Number(digits) } };
}

/** The root name of a feed (SPEC D3): the only root its device may append to. */
export function feedRoot(device: DeviceId, client: number): string {
  return `f.${device}.${client}`;
}

/** @throws DecodeError `document-name` */
export function parseFeedRoot(root: string): { device: DeviceId; client: number } {
  const [mark, device, digits, ...rest] = root.split('.');
  if (mark !== 'f' || !device || rest.length > 0 || !/^(0|[1-9][0-9]{0,15})$/.test(digits ?? ''))
    throw new DecodeError('document-name', 'feed root');
  const client = Number(digits);
  if (!Number.isSafeInteger(client)) throw new DecodeError('document-name', 'feed root');
  return { device: parseId<DeviceId>(device), client };
}

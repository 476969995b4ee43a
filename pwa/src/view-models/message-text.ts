/** A piece of a message as it is shown. What was typed is never changed, only read. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'block'; readonly text: string };

const CODE = /```(?:[\w+-]*\n)?([\s\S]*?)\n?```|`([^`\n]+)`/g;
const LINK = /\bhttps?:\/\/[^\s<>"'`\u2066-\u2069\u200e\u200f\u202a-\u202e]+/gi;
const CLOSERS: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const TRAILING = /[.,;:!?…'"’”»]$/;

/** Cuts a message into text, links (http and https only), inline code and code blocks. */
export function parseMessage(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(CODE)) {
    addText(parts, text.slice(end, match.index), match[1] !== undefined);
    if (match[1] !== undefined) parts.push({ kind: 'block', text: match[1] });
    else parts.push({ kind: 'code', text: match[2]! });
    end = match.index + match[0].length;
  }
  const rest = text.slice(end);
  const afterBlock = parts.at(-1)?.kind === 'block';
  addText(parts, afterBlock ? rest.replace(/^\n/, '') : rest, false);
  return parts;
}

/** @param beforeBlock a block breaks the line by itself, so one break before it is not shown */
function addText(parts: TextPart[], raw: string, beforeBlock: boolean): void {
  const afterBlock = parts.at(-1)?.kind === 'block';
  let text = beforeBlock ? raw.replace(/\n$/, '') : raw;
  if (afterBlock) text = text.replace(/^\n/, '');
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const shown = trimLink(match[0]);
    const href = safeHref(shown);
    if (!href) continue;
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push({ kind: 'link', text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
}

/**
 * Leaves out what belongs to the sentence and not to the address: a full stop, a bracket that opened before it. Brackets are
 * counted once: a message may be nothing but brackets, and whoever reads it must not wait.
 */
function trimLink(found: string): string {
  const excess = new Map(
    Object.entries(CLOSERS).map(([closer, opener]) => [closer, count(found, closer) - count(found, opener)]),
  );
  let end = found.length;
  for (;;) {
    const last = found[end - 1] ?? '';
    const unmatched = excess.get(last) ?? 0;
    if (unmatched <= 0 && !TRAILING.test(last)) return found.slice(0, end);
    if (unmatched > 0) excess.set(last, unmatched - 1);
    end -= 1;
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function safeHref(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
}

const MAX_EMOJI = 3;
const EMOJI =
  /^(?:\p{Emoji_Presentation}|\p{Regional_Indicator}{2}|\p{Extended_Pictographic}\ufe0f|\p{Extended_Pictographic}\p{Emoji_Modifier})/u;

/** One to three emoji and nothing else. */
export function isEmojiOnly(text: string): boolean {
  const trimmed = text.trim();
  if (!trimmed || trimmed.length > 60) return false;
  const graphemes = [...new Intl.Segmenter().segment(trimmed.replaceAll(/\s/g, ''))];
  return graphemes.length <= MAX_EMOJI && graphemes.every(({ segment }) => EMOJI.test(segment));
}

import { createHash } from 'node:crypto';
import { escapeHtml } from './escape-html.js';

/** A mail as people see it. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a template says; both forms of the letter are made from it. */
export interface Wording {
  readonly subject: string;
  /** Paragraphs before the button. */
  readonly before: readonly string[];
  readonly button: string;
  readonly after: readonly string[];
}

/** Colours of the tokens, light and dark. A program that drops this shows plain black on white, which is fine too. */
export const LETTER_STYLE = `
body{margin:0;padding:32px 16px;background:#f4efe6;color:#221e19;font:16px/24px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:480px;margin:0 auto;padding:32px;background:#fcfaf5;border:1px solid #e4ddd0;border-radius:12px}
h1{margin:0 0 16px;font-size:18px;line-height:24px;font-weight:600}
p{margin:0 0 16px}
.button{display:inline-block;margin:8px 0;padding:10px 16px;border-radius:8px;background:#0c6663;color:#fcfaf5;font-weight:550;text-decoration:none}
.small{font-size:13px;line-height:18px;color:#575047;overflow-wrap:anywhere}
.small a{color:#0c6663}
p:last-child{margin-bottom:0}
@media (prefers-color-scheme:dark){
body{background:#13110e;color:#efe9de}
main{background:#1a1714;border-color:#36302a}
.button{background:#7fcbc3;color:#0a1f1e}
.small{color:#bcb3a5}
.small a{color:#7fcbc3}
}
`;

/** What a Content-Security-Policy says to let {@link LETTER_STYLE} in, and no other style. */
export const LETTER_STYLE_HASH = `sha256-${createHash('sha256').update(LETTER_STYLE).digest('base64')}`;

function paragraphs(lines: readonly string[], kind = ''): string {
  return lines.map((line) => `<p${kind && ` class="${kind}"`}>${escapeHtml(line)}</p>`).join('\n');
}

/**
 * Writes a letter as text and as HTML.
 * @param link where its button leads
 */
export function writeLetter(wording: Wording, link: string): Letter {
  const href = escapeHtml(link);
  const text = [...wording.before, `${wording.button}:\n${link}`, ...wording.after, 'Sotto'].join('\n\n');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(wording.subject)}</title>
<style>${LETTER_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(wording.subject)}</h1>
${paragraphs(wording.before)}
<p><a class="button" href="${href}">${escapeHtml(wording.button)}</a></p>
${paragraphs(wording.after, 'small')}
<p class="small">The same link, to copy: <a href="${href}">${href}</a></p>
</main>
</body>
</html>
`;
  return { subject: wording.subject, text: `${text}\n`, html };
}

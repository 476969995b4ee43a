import { escapeHtml } from '../mail/escape-html.js';
import type { KeptMail } from '../transport/dev-mailbox.js';

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/mailbox/style.css">
</head>
<body>
<p class="notice" role="note">Development mailbox: mail that would have been sent. It opens on this machine only.</p>
<main>
${content}
</main>
</body>
</html>
`;
}

function time(at: number): string {
  const iso = new Date(at).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}

function row({ id, at, to, subject }: KeptMail): string {
  const href = `/mailbox/${encodeURIComponent(id)}`;
  return `<li><a class="row" href="${href}"><span class="subject">${escapeHtml(subject)}</span>${time(at)}
<span class="to">To ${escapeHtml(to)}</span></a></li>`;
}

/** All mails, newest first. */
export function listPage(mails: readonly KeptMail[]): string {
  const list =
    mails.length > 0
      ? `<ol class="sheet">\n${mails.map(row).join('\n')}\n</ol>`
      : '<div class="sheet empty"><h2>No mail yet</h2><p>Ask for an account, and its link arrives here.</p></div>';
  return page(
    'Development mailbox',
    `<div class="bar"><h1>Mailbox</h1><a class="act" href="/mailbox">Look again</a></div>\n${list}`,
  );
}

/** Text with its web addresses made links. */
function linked(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, index) =>
      index % 2 ? `<a href="${escapeHtml(part)}">${escapeHtml(part)}</a>` : escapeHtml(part),
    )
    .join('');
}

/** One mail, as text. */
export function mailPage({ id, at, to, subject, text }: KeptMail): string {
  const asHtml = `/mailbox/${encodeURIComponent(id)}/html`;
  return page(
    `${subject} - development mailbox`,
    `<div class="bar"><a class="act" href="/mailbox">All mail</a><a class="act" href="${asHtml}">As a mail program shows it</a></div>
<h1 class="title">${escapeHtml(subject)}</h1>
<article class="sheet">
<dl class="facts"><dt>To</dt><dd>${escapeHtml(to)}</dd><dt>Time</dt><dd>${time(at)}</dd></dl>
<div class="words">${linked(text)}</div>
</article>`,
  );
}

/** For a mail that is not, or no more, in the mailbox. */
export function missingPage(): string {
  return page(
    'No such mail - development mailbox',
    '<div class="sheet empty"><h2>No such mail</h2><p>The mailbox keeps the newest ones. <a href="/mailbox">All mail</a></p></div>',
  );
}

export interface Announcement {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly data: string;
  /**
   * Address of the mailbox; undefined with a mail server, empty when nobody can reach it, `none` where a proxy would
   * show it to everybody.
   */
  readonly mailbox: string | 'none' | undefined;
  /** SHA-256 of the certificate, when Sotto made it itself. */
  readonly fingerprint: string | undefined;
}

/** What is said on the terminal once Sotto runs. */
export function announce({ origin, data, mailbox, fingerprint }: Announcement): string {
  const lines = [`Sotto is at ${origin}`];
  if (mailbox === 'none')
    lines.push(
      'Nobody can read the mails: set SMTP_URL; where --origin is not this machine there is no mailbox',
    );
  else if (mailbox) lines.push(`Mails lie in ${mailbox} (this machine only)`);
  if (mailbox === '')
    lines.push('Nobody can read the mails: set SMTP_URL, or open the mailbox with --host 0.0.0.0');
  lines.push(`Data lies in ${data}`);
  if (fingerprint) {
    lines.push(
      `The certificate is Sotto's own. SHA-256 fingerprint: ${fingerprint}`,
      'Browsers warn of it, and refuse service workers under it: no use offline and no installing.',
      'For those, give a certificate that browsers trust with --cert and --key, or let a proxy in front serve one.',
    );
  }
  return `${lines.join('\n')}\n`;
}

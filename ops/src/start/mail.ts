import { DevMailbox, type MailTransport, mailboxRoutes, SmtpTransport } from '@sotto/notifier';
import type { ClaimStore } from '@sotto/store';
import type { Router } from 'express';
import { StartError } from './start-error.js';

export interface MailSettings {
  /** Server that sends mails; without it there is a mailbox. */
  readonly url: string | undefined;
  /** Sender. */
  readonly from: string;
}

/**
 * Reads SMTP_URL and SMTP_FROM.
 * @param origin whose host is the sender's, when none is set
 * @throws StartError; never with the URL, which holds a password
 */
export function readMailSettings(env: NodeJS.ProcessEnv, origin: string): MailSettings {
  const from = env.SMTP_FROM || `Sotto <no-reply@${new URL(origin).hostname}>`;
  const url = env.SMTP_URL || undefined;
  if (url !== undefined && !(URL.canParse(url) && /^smtps?:\/\/./.test(url))) {
    throw new StartError('SMTP_URL is no address such as smtps://user:password@mail.example.org.');
  }
  return { url, from };
}

export interface Mail {
  readonly transport: MailTransport;
  /** Pages of the mailbox, when mails lie in one. */
  readonly pages: Router | undefined;
}

/** Where mails go: to a mail server, or into the mailbox of this machine. */
export function createMail({ url, from }: MailSettings, claims: ClaimStore): Mail {
  if (url !== undefined) return { transport: new SmtpTransport({ url, from }), pages: undefined };
  const mailbox = new DevMailbox(claims);
  return { transport: mailbox, pages: mailboxRoutes({ mailbox }) };
}

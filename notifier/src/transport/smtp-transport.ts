import nodemailer from 'nodemailer';
import { type MailTransport, type OutgoingMail, RecipientRefusedError } from './transport.js';

export interface SmtpOptions {
  /** `smtp://` or `smtps://`, with user and password where the server wants them. */
  readonly url: string;
  /** Sender, as in `Sotto <no-reply@example.org>`. */
  readonly from: string;
}

/** A refusal of this recipient for good (RFC 5321 section 4.2.1). */
function isRefusal(error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  return code === 'EENVELOPE' && typeof responseCode === 'number' && responseCode >= 500;
}

/** Hands mails to a mail server. */
export class SmtpTransport implements MailTransport {
  readonly #mailer;
  readonly #domain: string;

  constructor({ url, from }: SmtpOptions) {
    this.#mailer = nodemailer.createTransport(
      { url, pool: true, maxConnections: 2, disableFileAccess: true, disableUrlAccess: true },
      { from },
    );
    this.#domain = /@([^\s>]+)/.exec(from)?.[1] ?? 'localhost';
  }

  async send({ id, to, subject, text, html }: OutgoingMail): Promise<void> {
    try {
      await this.#mailer.sendMail({
        to: { name: '', address: to },
        subject,
        text,
        html,
        // A mail sent twice is one message to who sorts by this (RFC 5322 section 3.6.4).
        messageId: `<${id}@${this.#domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      if (isRefusal(error)) throw new RecipientRefusedError('recipient refused');
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#mailer.close();
  }
}

import type { Letter } from '../mail/letter.js';

/** A letter on its way. */
export interface OutgoingMail extends Letter {
  /** Names this mail for good: a repeated sending says the same id. */
  readonly id: string;
  readonly to: string;
}

/** The address, not the moment, is the problem: trying again is no use. */
export class RecipientRefusedError extends Error {
  override readonly name = 'RecipientRefusedError';
}

/** Takes mails away. */
export interface MailTransport {
  /**
   * Resolves once somebody else answers for the mail.
   * @throws RecipientRefusedError, or anything else for what may pass
   */
  send(mail: OutgoingMail): Promise<void>;
  close(): Promise<void>;
}

import { decodeCbor, encodeCbor } from '@sotto/protocol';
import type { Claim, ClaimStore } from '@sotto/store';
import { ClaimTakenError } from '@sotto/store';
import * as v from 'valibot';
import type { MailTransport, OutgoingMail } from './transport.js';

const PREFIX = 'mailbox:';
/** Mails kept; older ones go. */
export const MAILBOX_CAP = 200;

const stored = v.strictObject({
  v: v.literal(1),
  to: v.string(),
  subject: v.string(),
  text: v.string(),
  html: v.string(),
});

/** A mail in the mailbox. */
export interface KeptMail extends OutgoingMail {
  /** Milliseconds since 1970. */
  readonly at: number;
}

function read({ key, at, body }: Claim): KeptMail {
  const { to, subject, text, html } = decodeCbor(stored, body);
  return { id: key.slice(PREFIX.length), at, to, subject, text, html };
}

/** Keeps mails where a mail server would send them, for a service that runs without one. Survives restarts. */
export class DevMailbox implements MailTransport {
  readonly #claims: ClaimStore;

  constructor(claims: ClaimStore) {
    this.#claims = claims;
  }

  /** Keeps a mail, once however often it is sent. */
  async send({ id, to, subject, text, html }: OutgoingMail): Promise<void> {
    try {
      await this.#claims.own(PREFIX + id, encodeCbor({ v: 1, to, subject, text, html }));
    } catch (error) {
      if (!(error instanceof ClaimTakenError)) throw error;
    }
    await this.#dropOldest();
  }

  /** Newest first. */
  async list(): Promise<KeptMail[]> {
    const claims = await this.#claims.list({ prefix: PREFIX, limit: MAILBOX_CAP, reverse: true });
    return claims.map(read);
  }

  async get(id: string): Promise<KeptMail | undefined> {
    const claim = await this.#claims.get(PREFIX + id);
    return claim && read(claim);
  }

  async close(): Promise<void> {}

  async #dropOldest(): Promise<void> {
    const keys = (await this.#claims.list({ prefix: PREFIX })).map((claim) => claim.key);
    for (const key of keys.slice(0, Math.max(0, keys.length - MAILBOX_CAP))) await this.#claims.remove(key);
  }
}

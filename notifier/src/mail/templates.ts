import type { MailEvent, MailTemplate } from '@sotto/protocol';
import { type Letter, type Wording, writeLetter } from './letter.js';

const WORDINGS: Readonly<Record<MailTemplate, Wording>> = {
  'sign-up': {
    subject: 'Your link to join Sotto',
    before: [
      'You asked for an account with this address. Choose your username and password on the page that this link opens.',
    ],
    button: 'Choose username and password',
    after: [
      'The link works once, within 24 hours.',
      "If it wasn't you who asked, leave it: no account is made without the link.",
    ],
  },
  'already-registered': {
    subject: 'You have a Sotto account already',
    before: [
      'Somebody asked for a new account with this address. It has one already, so no second one is made.',
      'If it was you, sign in with this address or your username.',
    ],
    button: 'Sign in',
    after: ["If it wasn't you, leave it: nothing changed, and whoever asked was not told."],
  },
  reset: {
    subject: 'Set a new password for Sotto',
    before: [
      'You asked for a new password. Choose it on the page that this link opens.',
      'To read your earlier messages after that, have your recovery key at hand: a new password alone does not open them.',
    ],
    button: 'Choose a new password',
    after: [
      'The link works once, within one hour.',
      "If it wasn't you who asked, leave it: your password stays as it is.",
    ],
  },
  'no-account': {
    subject: 'No Sotto account with this address',
    before: [
      'Somebody asked for a new password for an account with this address. There is none.',
      'If it was you, try another of your addresses, or join with this one.',
    ],
    button: 'Open Sotto',
    after: ["If it wasn't you, leave it: nothing happened, and whoever asked was not told."],
  },
};

/** The letter of a mail event. */
export function letterOf({ template, link }: MailEvent): Letter {
  return writeLetter(WORDINGS[template], link);
}

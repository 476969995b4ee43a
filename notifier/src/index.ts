export { mailboxRoutes } from './mailbox/routes.js';
export { createNotifier, type Notifier, type NotifierOptions } from './notifier.js';
export { DevMailbox, type KeptMail, MAILBOX_CAP } from './transport/dev-mailbox.js';
export { type SmtpOptions, SmtpTransport } from './transport/smtp-transport.js';
export { type MailTransport, type OutgoingMail, RecipientRefusedError } from './transport/transport.js';

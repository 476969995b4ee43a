import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';

const PATIENCE_MS = 30_000;

/** A real mail server that keeps what it is given. */
export interface MailSink {
  readonly url: string;
  /** Every mail as it came, headers and all. */
  readonly received: readonly string[];
  /** The token of the newest link mailed to an address, once there is one. */
  linkToken(email: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startMailSink(): Promise<MailSink> {
  const received: { to: readonly string[]; source: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, { envelope }, done) {
      let source = '';
      stream.setEncoding('utf8').on('data', (text: string) => {
        source += text;
      });
      stream.on('end', () => {
        received.push({ to: envelope.rcptTo.map(({ address }) => address), source });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    get received() {
      return received.map(({ source }) => source);
    },
    async linkToken(email) {
      for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(20)) {
        const mail = received.findLast(({ to }) => to.includes(email));
        const token = mail && /#([A-Za-z0-9_-]{20,})/.exec(unquoted(mail.source))?.[1];
        if (token) return token;
      }
      throw new Error('no link was mailed');
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What a mail's text says, of quoted-printable lines (RFC 2045 section 6.7). */
function unquoted(source: string): string {
  return source
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

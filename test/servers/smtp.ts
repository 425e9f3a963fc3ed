/** An SMTP server on loopback (the smtp-server package) that keeps what it takes. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly source: string;
}

export interface Smtp extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  close(): Promise<void>;
}

export interface SmtpOptions {
  readonly user?: { readonly name: string; readonly password: string };
  /** SMTP status with which recipients are refused. */
  readonly refuse?: number;
}

export async function startSmtp({ user, refuse }: SmtpOptions = {}): Promise<Smtp> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: user === undefined,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _session, callback) => {
      const known = username === user?.name && password === user?.password;
      callback(known ? null : new Error(`no such user ${username}:${password}`), {
        user: username,
      });
    },
    onRcptTo: (_address, _session, callback) => {
      if (refuse === undefined) callback();
      else callback(Object.assign(new Error('not here'), { responseCode: refuse }));
    },
    onData: (stream, { envelope }, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom ? envelope.mailFrom.address : '';
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, source: Buffer.concat(chunks).toString('utf8') });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port, mails, close, [Symbol.asyncDispose]: close };
}

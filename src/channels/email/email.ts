/** E-mail by SMTP. */
import { z } from 'zod';
import { referenceSchema } from '../../core/config/values.ts';
import { ChannelError } from '../../core/errors.ts';
import type { AlertMessage } from '../../core/ports/channel.ts';
import type { ChannelKind } from '../channel-kind.ts';
import { plainText } from '../plain-text.ts';
import { oneLine, shorten } from '../shorten.ts';
import { htmlText } from './html.ts';

const address = z
  .string()
  .regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/, 'expected an address: ops@acme.example');

const schema = z.strictObject({
  email: z.union([address, z.array(address).min(1)]),
  /** smtps://user:password@host:port, or smtp:// (STARTTLS where the server offers it). */
  smtp: referenceSchema,
  /** Absent: the SMTP user when it is an address, else the first recipient. */
  from: address.optional(),
});
type EmailConfig = z.infer<typeof schema>;

export const email: ChannelKind<EmailConfig> = {
  kind: 'email',
  schema,
  create: (config, { secret }) => ({
    kind: 'email',
    async send(message, signal) {
      await sendMail(smtpUrl(await secret(config.smtp)), mailOf(message, config), signal);
    },
  }),
};

function smtpUrl(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url && /^smtps?:$/.test(url.protocol) && url.hostname !== '') return url;
  throw new ChannelError('email: what `smtp` refers to is not an SMTP URL', {
    code: 'CHANNEL_MISCONFIGURED',
    hint: 'Write smtps://user:password@host:465 or smtp://host:587 into the secret.',
  });
}

interface Mail {
  readonly from: string | undefined;
  readonly to: readonly [string, ...string[]];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly references: string;
}

/** `references` lets mail clients show a problem and its recovery as one conversation. */
function mailOf(full: AlertMessage, config: EmailConfig): Mail {
  const message = {
    ...full,
    title: oneLine(full.title),
    detail: shorten(full.detail, 20_000),
    impact: shorten(full.impact, 4000),
    command: shorten(full.command, 4000),
  };
  const [first, ...rest] = [config.email].flat();
  return {
    from: config.from,
    to: [String(first), ...rest],
    subject: shorten(`[holdfast] ${message.title}`, 200),
    text: plainText(message),
    html: htmlText(message),
    references: `<${message.dedupKey}@holdfast>`,
  };
}

const timeoutMs = 10_000;

async function sendMail(url: URL, mail: Mail, signal: AbortSignal): Promise<void> {
  const { createTransport } = await import('nodemailer');
  const user = decodeURIComponent(url.username);
  const transport = createTransport({
    url: url.href,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const abort = () => transport.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    const from = mail.from ?? (user.includes('@') ? user : mail.to[0]);
    await transport.sendMail({ ...mail, to: [...mail.to], from });
  } catch (error) {
    throw mailError(error);
  } finally {
    signal.removeEventListener('abort', abort);
    transport.close();
  }
}

const networkCodes = ['ECONNECTION', 'ECONNREFUSED', 'ETIMEDOUT', 'ESOCKET', 'EDNS', 'ETLS'];

/** Codes only: the server's words can repeat the credentials. */
function mailError(error: unknown): ChannelError {
  const facts = Object(error) as { code?: unknown; responseCode?: unknown };
  const code = String(facts.code ?? 'unknown');
  const status = Number(facts.responseCode ?? 0);
  const retryable = networkCodes.includes(code) || (status >= 400 && status < 500);
  return new ChannelError(
    `email: the server did not take it: ${code}${status > 0 ? ` (${status})` : ''}`,
    {
      code: retryable ? 'CHANNEL_UNREACHABLE' : 'CHANNEL_REFUSED',
      hint: retryable
        ? 'Look at the SMTP server and at the network.'
        : 'Look at the SMTP user, its password and the addresses, then run `holdfast check --channels`.',
      retryable,
    },
  );
}

/** One POST of JSON, with what went wrong told without the URL: it is a secret of most channels. */
import { ChannelError } from '../core/errors.ts';

export interface HttpPost {
  /** The kind of channel, for messages. */
  readonly channel: string;
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Never shown, should an answer echo them. The URL is one already. */
  readonly secrets?: readonly string[];
}

const timeoutMs = 10_000;

/**
 * Resolves on any 2xx. Rejects with ChannelError: CHANNEL_UNREACHABLE and CHANNEL_BUSY (429, 5xx) are
 * retryable, CHANNEL_REFUSED and CHANNEL_MISCONFIGURED are not. Redirects are refusals.
 */
export async function postJson(post: HttpPost): Promise<void> {
  const response = await request(post);
  const answer = (await response.text().catch(() => '')).slice(0, 300);
  if (response.ok) return;
  const { status } = response;
  const busy = status === 429 || status >= 500;
  throw new ChannelError(`${post.channel}: the receiver answered ${status}${shown(answer, post)}`, {
    code: busy ? 'CHANNEL_BUSY' : 'CHANNEL_REFUSED',
    hint: busy
      ? 'It is tried again; look at the receiver when it lasts.'
      : 'Look at the channel’s URL and key, then run `holdfast check --channels`.',
    retryable: busy,
    retryAfterSeconds: retryAfter(response.headers.get('retry-after')),
  });
}

async function request(post: HttpPost): Promise<Response> {
  try {
    return await fetch(checkedUrl(post), {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'user-agent': 'holdfast', ...post.headers },
      body: post.body,
      signal: AbortSignal.any([post.signal, AbortSignal.timeout(timeoutMs)]),
    });
  } catch (error) {
    if (error instanceof ChannelError) throw error;
    throw new ChannelError(`${post.channel}: the receiver cannot be reached: ${reason(error)}`, {
      code: 'CHANNEL_UNREACHABLE',
      hint: 'Look at the network and at the channel’s URL.',
      retryable: !post.signal.aborted,
    });
  }
}

function checkedUrl({ channel, url }: HttpPost): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed;
  throw new ChannelError(`${channel}: what its reference holds is not an http(s) URL`, {
    code: 'CHANNEL_MISCONFIGURED',
    hint: 'Put the whole URL into the secret, without quotes or line breaks.',
  });
}

/** System codes only: messages of fetch can name the URL. */
function reason(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return `no answer within ${timeoutMs / 1000} s`;
  }
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return code ?? (error instanceof Error ? error.name : 'unknown');
}

function shown(answer: string, { url, secrets = [] }: HttpPost): string {
  const line = answer.replace(/\s+/g, ' ').trim();
  const masked = [url, ...secrets].reduce((text, secret) => text.replaceAll(secret, '***'), line);
  return masked === '' ? '' : `: ${masked}`;
}

/** Seconds; a date, as HTTP also allows, counts as a minute. */
function retryAfter(header: string | null): number {
  if (header === null) return 0;
  return /^\d+$/.test(header) ? Number(header) : 60;
}

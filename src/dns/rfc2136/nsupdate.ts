/** nsupdate(1) of BIND, script by standard input: the key stands in no argument and in no file. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { DnsError } from '../../core/errors.ts';

export interface UpdateRun {
  readonly script: string;
  /** Of the key: masked should the program repeat it. */
  readonly secret: string;
  readonly server: string;
  readonly signal: AbortSignal;
}

interface Meaning {
  readonly code: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

/** By TCP (`-v`): one that is sent again after a lost answer would find its own change. */
export async function nsupdate({ script, secret, server, signal }: UpdateRun): Promise<void> {
  signal.throwIfAborted();
  const child = spawn('nsupdate', ['-v', '-t', '10'], { signal });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, by) => resolve(code === 0 ? undefined : `exit ${code ?? by}`));
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(script);
  const [seen, ...output] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  signal.throwIfAborted();
  if (seen === undefined) return;
  throw updateFailure(server, output.join('').replaceAll(secret, '***').trim() || seen);
}

/** In the program's own words: a code of RFC 2136, 2.2, or what became of the connection. */
export function updateFailure(server: string, seen: string): DnsError {
  const { code, hint, retryable = false } = meaningOf(seen);
  const line = seen.replace(/\s*\n\s*/g, '; ');
  return new DnsError(`The update at ${server} failed: ${line}`, { code, hint, retryable });
}

function meaningOf(seen: string): Meaning {
  return meanings.find(([pattern]) => pattern.test(seen))?.[1] ?? refused;
}

const refused: Meaning = {
  code: 'DNS_REFUSED',
  hint: 'The name server does not take such an update: its log tells why.',
};

const meanings: readonly (readonly [RegExp, Meaning])[] = [
  [
    /\b(NX|YX)(RRSET|DOMAIN)\b/,
    { code: 'DNS_CHANGED', hint: 'The record or its generation is not what was read before.' },
  ],
  [
    /\b(NOTAUTH|REFUSED|BADKEY|BADSIG|BADTIME)\b|TSIG error/,
    {
      code: 'DNS_DENIED',
      hint: 'Let this key update the record and its _holdfast TXT; the clocks must agree within five minutes.',
    },
  ],
  [
    /SERVFAIL|timed out|connection refused|could not reach|unreachable|connection reset|end of file|couldn't get address|name server/i,
    {
      code: 'DNS_UNREACHABLE',
      hint: 'Whether the update took effect is not known; repeating it is safe.',
      retryable: true,
    },
  ],
  [/ENOENT/, { code: 'DNS_REFUSED', hint: 'Install nsupdate: Debian’s package bind9-dnsutils.' }],
];

/**
 * What Route 53 answers, or its network, in words that say what to do.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/CommonErrors.html
 */
import { DnsError } from '../../core/errors.ts';

type Code = 'DNS_CHANGED' | 'DNS_THROTTLED' | 'DNS_DENIED' | 'DNS_REFUSED' | 'DNS_UNREACHABLE';

const names: readonly (readonly [RegExp, Code])[] = [
  [/^InvalidChangeBatch/, 'DNS_CHANGED'],
  [/^(Throttling|TooManyRequests|RequestLimitExceeded|PriorRequestNotComplete)/, 'DNS_THROTTLED'],
  [
    /^(AccessDenied|Credentials|TokenProvider|UnrecognizedClient|InvalidClientTokenId)/,
    'DNS_DENIED',
  ],
  [
    /^(InvalidSignature|SignatureDoesNotMatch|ExpiredToken|MissingAuthenticationToken)/,
    'DNS_DENIED',
  ],
];

const hints: Readonly<Record<Code, string>> = {
  DNS_CHANGED: 'The record or its generation is not what was read, or the record set is protected.',
  DNS_THROTTLED: 'Route 53 takes five requests a second of an account; repeating it is safe.',
  DNS_DENIED:
    'The credentials in use need the permissions that docs/dns.md lists, on this hosted zone.',
  DNS_REFUSED: 'Look at zoneId, zone and name of the cluster’s `dns` in holdfast.yaml.',
  DNS_UNREACHABLE: 'Whether a change took effect is not known; repeating it is safe.',
};

/** Ours pass unchanged. */
export function route53Failure(label: string, error: unknown): DnsError {
  if (error instanceof DnsError) return error;
  const seen = error instanceof Error ? error : new Error(String(error));
  const code = codeOf(seen);
  return new DnsError(`${label}: ${seen.name}: ${seen.message}`, {
    code,
    hint: hints[code],
    retryable: code === 'DNS_THROTTLED' || code === 'DNS_UNREACHABLE',
    cause: error,
  });
}

function codeOf(error: Error): Code {
  const known = names.find(([pattern]) => pattern.test(error.name))?.[1];
  if (known !== undefined) return known;
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status = Number(Object(metadata).httpStatusCode ?? 0);
  if (status === 429) return 'DNS_THROTTLED';
  return status >= 400 && status < 500 ? 'DNS_REFUSED' : 'DNS_UNREACHABLE';
}

/**
 * What RDS or EC2 answers, or their network, in words that say what to do.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html
 */
import { FailoverError } from '../../core/errors.ts';

export type ServiceCode =
  | 'RDS_DENIED'
  | 'RDS_NOT_FOUND'
  | 'RDS_STATE'
  | 'RDS_REFUSED'
  | 'RDS_THROTTLED'
  | 'RDS_UNREACHABLE';

/** Names that end in `Fault` in the models come without it over the wire, and both ways in the SDK. */
const names: readonly (readonly [RegExp, ServiceCode])[] = [
  [/^(AccessDenied|UnauthorizedOperation|NotAuthorized|OptInRequired)/, 'RDS_DENIED'],
  [/^(Credentials|TokenProvider|UnrecognizedClient|InvalidClientTokenId)/, 'RDS_DENIED'],
  [/^(AuthFailure|InvalidSignature|SignatureDoesNotMatch|ExpiredToken|MissingAuth)/, 'RDS_DENIED'],
  [/(NotFound|\.NotFound)(Fault)?$/, 'RDS_NOT_FOUND'],
  [/^Invalid\w*State(Fault)?$/, 'RDS_STATE'],
  [/^(Throttling|TooManyRequests|RequestLimitExceeded|RequestThrottled)/, 'RDS_THROTTLED'],
];

const hints: Readonly<Record<ServiceCode, string>> = {
  RDS_DENIED:
    'Give the credentials in use the actions that docs/engines/rds-failover.md lists, in that Region.',
  RDS_NOT_FOUND: 'Look at `control` of that node: the identifier and its Region.',
  RDS_STATE: 'Look at its status and events in the console of RDS.',
  RDS_REFUSED: 'Look at `control` of that node, and at the events of that database.',
  RDS_THROTTLED: 'RDS is asked too often in that account; run it again in a minute.',
  RDS_UNREACHABLE:
    'Whether it took effect is not known: its state is read before it is tried again.',
};

/** `action` is what was asked for: `PromoteReadReplica of orders-b (eu-west-1)`. Ours pass unchanged. */
export function serviceFailure(action: string, error: unknown): FailoverError {
  if (error instanceof FailoverError) return error;
  const seen = error instanceof Error ? error : new Error(String(error));
  const code = codeOf(seen);
  const words = seen.message === '' ? seen.name : `${seen.name}: ${seen.message}`;
  return new FailoverError(`${action}: ${words}`, {
    code,
    hint: hints[code],
    retryable: code === 'RDS_THROTTLED' || code === 'RDS_UNREACHABLE',
    cause: error,
  });
}

/** An answer of 4xx was given by the service; anything else may have come from half way. */
function codeOf(error: Error): ServiceCode {
  const known = names.find(([pattern]) => pattern.test(error.name))?.[1];
  if (known !== undefined) return known;
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status = Number(Object(metadata).httpStatusCode ?? 0);
  return status >= 400 && status < 500 ? 'RDS_REFUSED' : 'RDS_UNREACHABLE';
}

export const isService = (error: unknown, ...codes: readonly ServiceCode[]): boolean =>
  error instanceof FailoverError && codes.some((code) => code === error.code);

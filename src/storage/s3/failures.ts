/** What a bucket answers, or its network, as the port says it. */
import { type FailureMeaning, HoldfastError, StoreError } from '../../core/errors.ts';
import type { Bucket, Question } from './bucket.ts';
import { policyFor } from './policy.ts';

const noCredentials: FailureMeaning = {
  code: 'STORE_DENIED',
  hint: "Give credentials by AWS's default chain: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the role of the machine.",
};
const wrongCredentials: FailureMeaning = {
  code: 'STORE_DENIED',
  hint: 'The store does not know these credentials: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_PROFILE.',
};
const noRegion: FailureMeaning = {
  code: 'STORE_UNREACHABLE',
  hint: 'Set `region:` of the destination, or AWS_REGION.',
};
const wrongClock: FailureMeaning = {
  code: 'STORE_DENIED',
  hint: "This machine's clock is wrong: set it (timedatectl set-ntp true).",
};
const noBucket: FailureMeaning = {
  code: 'STORE_MISSING',
  hint: 'Create the bucket, or correct `url:` and `endpoint:` of the destination. Holdfast never creates buckets.',
};
const wrongRegion: FailureMeaning = {
  code: 'STORE_UNREACHABLE',
  hint: 'The bucket lies in another Region: set `region:` of the destination.',
};
const corrupt: FailureMeaning = {
  code: 'STORE_CORRUPT',
  hint: 'The bytes changed on their way: check memory and network of this machine, then run again.',
};
const full: FailureMeaning = {
  code: 'STORE_FULL',
  hint: 'Raise the quota or free space ("holdfast prune --dry-run" says what could go).',
};
const unsupported: FailureMeaning = {
  code: 'STORE_UNSUPPORTED',
  hint: 'docs/storage.md says what a store must support; "holdfast check" says what this one does.',
};
const busy: FailureMeaning = {
  code: 'STORE_UNREACHABLE',
  hint: 'The store is overloaded or failing: run again later.',
  retryable: true,
};
const untrusted: FailureMeaning = {
  code: 'STORE_UNREACHABLE',
  hint: "The server's certificate is not trusted: set `ca: file:ca.pem` of the destination to the authority that signed it.",
};
const unreachable: FailureMeaning = {
  code: 'STORE_UNREACHABLE',
  hint: 'Check the network and `endpoint:` of the destination; for a server that knows buckets by path, set `pathStyle: true`.',
  retryable: true,
};
const archived: FailureMeaning = {
  code: 'OBJECT_ARCHIVED',
  hint: 'It lies in an archive tier: "holdfast restore" and "holdfast drill" have it brought back and wait; before anything else reads it, aws s3api restore-object.',
};

const meanings: Readonly<Record<string, FailureMeaning>> = {
  CredentialsProviderError: noCredentials,
  InvalidAccessKeyId: wrongCredentials,
  SignatureDoesNotMatch: wrongCredentials,
  ExpiredToken: wrongCredentials,
  ExpiredTokenException: wrongCredentials,
  InvalidToken: wrongCredentials,
  UnrecognizedClientException: wrongCredentials,
  XAdminUserNotFound: wrongCredentials,
  RequestTimeTooSkewed: wrongClock,
  NoSuchBucket: noBucket,
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  BadDigest: corrupt,
  InvalidDigest: corrupt,
  InvalidPart: corrupt,
  XAmzContentSHA256Mismatch: corrupt,
  XAmzContentChecksumMismatch: corrupt,
  QuotaExceeded: full,
  QuotaExceededException: full,
  XMinioStorageFull: full,
  XMinioAdminBucketQuotaExceeded: full,
  InsufficientStorage: full,
  NotImplemented: unsupported,
  MethodNotAllowed: unsupported,
  SlowDown: busy,
  InternalError: busy,
  ServiceUnavailable: busy,
  OperationAborted: busy,
  ConditionalRequestConflict: busy,
  InvalidObjectState: archived,
  TimeoutError: unreachable,
};

const certificateCodes =
  /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH/;

export function bucketFailure(bucket: Bucket, question: Question, error: unknown): unknown {
  if (error instanceof HoldfastError || !(error instanceof Error)) return error;
  const { code, hint, retryable } = meaning(bucket, question, error);
  const place = bucket.endpoint ? `${bucket.url} at ${bucket.endpoint}` : bucket.url;
  return new StoreError(`${question.action} in ${place} failed: ${seen(error)}`, {
    code,
    hint,
    retryable: retryable ?? false,
    cause: error,
  });
}

export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** `PreconditionFailed`, `NoSuchUpload`, …; of a StoreError, that of its cause. */
export function nameOf(error: unknown): string {
  const cause = error instanceof HoldfastError ? error.cause : error;
  return cause instanceof Error ? cause.name : '';
}

/** The answer to a HEAD has no body, and with it no name. */
export function isMissing(error: unknown): boolean {
  const cause = error instanceof HoldfastError ? error.cause : error;
  const name = nameOf(cause);
  const isNameless = ['UnknownError', 'Error', '404'].includes(name) && statusOf(cause) === 404;
  return ['NoSuchKey', 'NotFound', 'NoSuchVersion'].includes(name) || isNameless;
}

function seen(error: Error): string {
  const status = statusOf(error);
  const code = (error as NodeJS.ErrnoException).code;
  const name = error.name === 'Error' ? (code ?? '') : error.name;
  const words = error.message === '' || error.message === name ? [] : [error.message];
  return [name, ...(status === undefined ? [] : [`(HTTP ${status})`]), ...words].join(' ').trim();
}

function meaning(bucket: Bucket, question: Question, error: Error): FailureMeaning {
  const known = meanings[error.name];
  if (known !== undefined) return known;
  const status = statusOf(error);
  if (status !== undefined) return meaningOfStatus(bucket, question, status);
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error.message === 'Region is missing' ? noRegion : unreachable;
  return certificateCodes.test(code) ? untrusted : unreachable;
}

function meaningOfStatus(bucket: Bucket, question: Question, status: number): FailureMeaning {
  if (status === 403 || status === 401) {
    return {
      code: 'STORE_DENIED',
      hint: `Add to the IAM policy of these credentials: ${policyFor(bucket, question.needs)}`,
    };
  }
  if (status === 507) return full;
  if (status === 501 || status === 405) return unsupported;
  if (status >= 500 || status === 429) return busy;
  return { code: 'STORE_REFUSED', hint: '"holdfast check" says what this store supports.' };
}

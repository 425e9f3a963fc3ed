/** What AWS answers, or its network, in words that say what to do. */
import { CloudError, type FailureMeaning, HoldfastError } from '../core/errors.ts';

const noCredentials: FailureMeaning = {
  code: 'AWS_CREDENTIALS_MISSING',
  hint: 'Give credentials by the default chain: AWS_PROFILE (`aws sso login` renews it), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
};
const wrongCredentials: FailureMeaning = {
  code: 'AWS_CREDENTIALS_REFUSED',
  hint: 'AWS does not know these credentials, or they have expired: `aws sts get-caller-identity` tells.',
};
const denied: FailureMeaning = {
  code: 'AWS_DENIED',
  hint: 'Add the action named to the policy of these credentials: docs/operate.md lists what an operator needs.',
};
const noRegion: FailureMeaning = {
  code: 'AWS_REGION_MISSING',
  hint: 'Set `region:` of vault.primary, or AWS_REGION.',
};
const busy: FailureMeaning = {
  code: 'AWS_BUSY',
  hint: 'AWS is asked too often, or is failing: run again in a minute.',
  retryable: true,
};
const unreachable: FailureMeaning = {
  code: 'AWS_UNREACHABLE',
  hint: 'Check the network of this machine; with --local the work runs here and needs the vault alone.',
  retryable: true,
};

/**
 * Names of the errors common to all services, in both spellings:
 * https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
 */
const meanings: Readonly<Record<string, FailureMeaning>> = {
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  UnrecognizedClientException: wrongCredentials,
  InvalidClientTokenId: wrongCredentials,
  InvalidSignatureException: wrongCredentials,
  SignatureDoesNotMatch: wrongCredentials,
  IncompleteSignature: wrongCredentials,
  MissingAuthenticationToken: wrongCredentials,
  ExpiredToken: wrongCredentials,
  ExpiredTokenException: wrongCredentials,
  RequestExpired: wrongCredentials,
  AccessDenied: denied,
  AccessDeniedException: denied,
  UnauthorizedOperation: denied,
  NotAuthorized: denied,
  Throttling: busy,
  ThrottlingException: busy,
  TooManyRequestsException: busy,
  RequestLimitExceeded: busy,
  ServiceUnavailable: busy,
  InternalFailure: busy,
  TimeoutError: unreachable,
};

/** `action` is what was tried: `starting backup in holdfast-prod`. Ours pass unchanged. */
export function awsFailure(action: string, error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const seen = error instanceof Error ? error : new Error(String(error));
  const { code, hint, retryable = false } = meaningOf(seen);
  const words = seen.message === '' ? seen.name : `${seen.name}: ${seen.message}`;
  return new CloudError(`${action} failed: ${words}`, { code, hint, retryable, cause: error });
}

function meaningOf(error: Error): FailureMeaning {
  const known = meanings[error.name];
  if (known !== undefined) return known;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status === 403) return denied;
  if (status !== undefined && status >= 500) return busy;
  if (status !== undefined) return refused;
  return error.message === 'Region is missing' ? noRegion : unreachable;
}

const refused: FailureMeaning = {
  code: 'AWS_REFUSED',
  hint: 'Run again with --verbose; `npm run plan` says whether the stack is as it was deployed.',
};

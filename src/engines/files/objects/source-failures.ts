/** Why a bucket cannot be read as a whole, and what it takes. */
import { bucketLocation } from '../../../core/bucket-location.ts';
import { HoldfastError, SourceError } from '../../../core/errors.ts';
import { isPassing, statusOf, whereToLook } from './client.ts';

export function unreachable(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof HoldfastError) return cause;
  if (cause.name === 'AbortError') return cause;
  const status = statusOf(cause);
  if (cause.name === 'NoSuchBucket') {
    const hint = 'Correct `path:` of the source, its `region:` and `endpoint:`.';
    return new SourceError(`${path} does not exist`, { code: 'SOURCE_MISSING', hint, cause });
  }
  return new SourceError(`${path} cannot be read: ${cause.name} ${cause.message}`.trim(), {
    code: 'SOURCE_UNREADABLE',
    hint:
      status === 403
        ? `Add to the IAM policy of these credentials: ${policyOf(path)}`
        : whereToLook(cause),
    retryable: isPassing(cause),
    cause,
  });
}

/** What listing and reading a prefix takes, or the part of it that is named. */
export function policyOf(path: string, actions: readonly string[] = readingActions): string {
  const { bucket = '', prefix = '' } = bucketLocation(path) ?? {};
  const allow = (Action: string | readonly string[], Resource: string) => ({
    ...{ Effect: 'Allow', Action, Resource },
  });
  const listing = actions.filter((action) => action === 's3:ListBucket');
  const reading = actions.filter((action) => action !== 's3:ListBucket');
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      ...listing.map((action) => allow(action, `arn:aws:s3:::${bucket}`)),
      ...(reading.length > 0 ? [allow(reading, `arn:aws:s3:::${bucket}/${prefix}*`)] : []),
    ],
  });
}

const readingActions = ['s3:ListBucket', 's3:GetObject', 's3:GetObjectTagging'];

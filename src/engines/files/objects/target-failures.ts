/** Why a bucket cannot be restored to, and what it takes. */
import { bucketLocation } from '../../../core/bucket-location.ts';
import { HoldfastError, TargetError } from '../../../core/errors.ts';
import { isPassing, statusOf, whereToLook } from './client.ts';

/** What restoring to a prefix takes. Nothing is ever deleted. */
export function restorePolicyOf(url: string): string {
  const { bucket = '', prefix = '' } = bucketLocation(url) ?? {};
  const allow = (Action: string | string[], Resource: string) => ({
    ...{ Effect: 'Allow', Action, Resource },
  });
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      allow('s3:ListBucket', `arn:aws:s3:::${bucket}`),
      allow(
        [
          ...['s3:GetObject', 's3:GetObjectTagging'],
          ...['s3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'],
        ],
        `arn:aws:s3:::${bucket}/${prefix}*`,
      ),
    ],
  });
}

/** What the SDK threw, in words; errors that have them already stay. */
export function unrestorable(url: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof HoldfastError) return cause;
  if (cause.name === 'AbortError') return cause;
  const seen = `${url} cannot be restored to: ${cause.name} ${cause.message}`.trim();
  if (cause.name === 'NoSuchBucket') {
    const hint = 'Make the bucket first: a restore makes objects, never a bucket.';
    return new TargetError(`${url} does not exist`, { code: 'TARGET_INVALID', hint, cause });
  }
  if (statusOf(cause) === 403) {
    const hint = `Add to the IAM policy of these credentials: ${restorePolicyOf(url)}`;
    return new TargetError(seen, { code: 'TARGET_DENIED', hint, cause });
  }
  return new TargetError(seen, {
    code: 'TARGET_UNREACHABLE',
    hint: whereToLook(cause),
    retryable: isPassing(cause),
    cause,
  });
}

export const appeared = (url: string): TargetError =>
  new TargetError(`${url} appeared while its prefix was restored to; it was left as it is`, {
    code: 'TARGET_NOT_EMPTY',
    hint: 'Restore to a prefix that nobody writes to, or add --overwrite.',
  });

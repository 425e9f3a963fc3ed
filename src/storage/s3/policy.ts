/** The IAM statements that let Holdfast do what it was refused. */
import type { Bucket } from './bucket.ts';

const ofTheBucket = new Set([
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:ListBucketMultipartUploads',
  's3:GetBucketVersioning',
  's3:GetBucketObjectLockConfiguration',
  's3:GetLifecycleConfiguration',
  's3:GetIntelligentTieringConfiguration',
]);

/** One line of JSON, to be added to the policy of the user or role in use. */
export function policyFor(
  bucket: Pick<Bucket, 'name' | 'prefix'>,
  actions: readonly string[],
): string {
  const arn = `arn:aws:s3:::${bucket.name}`;
  const groups = [
    { Action: actions.filter((action) => ofTheBucket.has(action)), Resource: arn },
    {
      Action: actions.filter((action) => !ofTheBucket.has(action)),
      Resource: `${arn}/${bucket.prefix}*`,
    },
  ];
  return groups
    .filter(({ Action }) => Action.length > 0)
    .map((statement) => JSON.stringify({ Effect: 'Allow', ...statement }))
    .join(', ');
}

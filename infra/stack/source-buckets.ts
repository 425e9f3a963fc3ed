/** Buckets that are sources: what the roles of their dumps and restores need. */
import { type BucketLocation, bucketLocation } from '../../src/core/bucket-location.ts';
import { restorePlaceOf } from '../../src/core/config/bucket-source.ts';
import type { Config } from '../../src/core/config/schema.ts';
import { sub } from './names.ts';
import type { Statement } from './statements.ts';

const reading = ['s3:GetObject', 's3:GetObjectTagging'];
const putting = ['s3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'];

/** A dump lists and reads. */
export function sourceBucketStatements({ sources }: Config, names: readonly string[]): Statement[] {
  const places = names.flatMap((name) => {
    const { path } = sources[name] as { readonly path?: string };
    return bucketLocation(path ?? '') ?? [];
  });
  return statements('Sources', places, { sid: 'Read', actions: reading });
}

/** A restore puts objects where the source says, reads them back, and deletes nothing. */
export function restoreBucketStatements(
  { sources }: Config,
  names: readonly string[],
): Statement[] {
  const places = names.flatMap((name) => restorePlaceOf(sources[name]) ?? []);
  return statements('Targets', places, { sid: 'Fill', actions: [...reading, ...putting] });
}

function statements(
  of: string,
  places: readonly BucketLocation[],
  { sid, actions }: { readonly sid: string; readonly actions: readonly string[] },
): Statement[] {
  if (places.length === 0) return [];
  const arns = (paths: readonly string[]) =>
    [...new Set(paths)].map((path) => sub(`arn:\${AWS::Partition}:s3:::${path}`));
  return [
    {
      Sid: `List${of}`,
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: arns(places.map(({ bucket }) => bucket)),
      Condition: {
        StringLike: { 's3:prefix': [...new Set(places.map(({ prefix }) => `${prefix}*`))] },
      },
    },
    {
      Sid: `${sid}${of}`,
      Effect: 'Allow',
      Action: actions,
      Resource: arns(places.map(({ bucket, prefix }) => `${bucket}/${prefix}*`)),
    },
  ];
}

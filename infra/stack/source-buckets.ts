/** Buckets that are sources: what the roles of their dumps need. */
import { bucketLocation } from '../../src/core/bucket-location.ts';
import type { Config } from '../../src/core/config/schema.ts';
import { sub } from './names.ts';
import type { Statement } from './statements.ts';

export function sourceBucketStatements({ sources }: Config, names: readonly string[]): Statement[] {
  const places = names.flatMap((name) => {
    const { path } = sources[name] as { readonly path?: string };
    return bucketLocation(path ?? '') ?? [];
  });
  if (places.length === 0) return [];
  const arns = (paths: readonly string[]) =>
    [...new Set(paths)].map((path) => sub(`arn:\${AWS::Partition}:s3:::${path}`));
  return [
    {
      Sid: 'ListSources',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: arns(places.map(({ bucket }) => bucket)),
      Condition: {
        StringLike: { 's3:prefix': [...new Set(places.map(({ prefix }) => `${prefix}*`))] },
      },
    },
    {
      Sid: 'ReadSources',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: arns(places.map(({ bucket, prefix }) => `${bucket}/${prefix}*`)),
    },
  ];
}

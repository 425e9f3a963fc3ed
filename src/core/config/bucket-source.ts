/** Sources of files that are prefixes of buckets: where the deployed form restores them, and what is wrong with them. */
import { type BucketLocation, bucketLocation } from '../bucket-location.ts';
import { type Finding, finding } from './finding.ts';
import type { SourceBase } from './source.ts';

/** Where restore tasks may put objects; undefined: the source is no bucket. */
export function restorePlaceOf(source: SourceBase | undefined): BucketLocation | undefined {
  const path = pathOf(source);
  if (!path.startsWith('s3://')) return undefined;
  return bucketLocation(source?.deploy?.restoreTo ?? path);
}

const ofBucketsAlone = ['region', 'endpoint', 'pathStyle', 'ca'] as const;

export function checkBucketSources(sources: Readonly<Record<string, SourceBase>>): Finding[] {
  return Object.entries(sources).flatMap(([name, source]) => {
    if (pathOf(source).startsWith('s3://')) return [];
    const restoreTo =
      source.deploy?.restoreTo === undefined
        ? []
        : [finding(['sources', name, 'deploy', 'restoreTo'], notOfBucket, 'key')];
    const misplaced =
      source.engine === 'files' ? ofBucketsAlone.filter((key) => Object.hasOwn(source, key)) : [];
    const told = misplaced.map((key) =>
      finding(
        ['sources', name, key],
        `says where a bucket is, and ${pathOf(source)} is a directory; expected path: s3://bucket/prefix, or no ${key}`,
        'key',
      ),
    );
    return [...told, ...restoreTo];
  });
}

const notOfBucket = 'only with a source of files whose path is s3://bucket/prefix';

const pathOf = (source: SourceBase | undefined): string =>
  (source as { readonly path?: string } | undefined)?.path ?? '';

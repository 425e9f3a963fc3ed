/** Where an `s3://bucket/prefix` leads. */
export interface BucketLocation {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
}

/** Undefined for what is no bucket: a directory. */
export function bucketLocation(url: string): BucketLocation | undefined {
  if (!url.startsWith('s3://')) return undefined;
  const [bucket = '', ...segments] = url.slice('s3://'.length).split('/');
  const prefix = segments.filter((segment) => segment !== '').join('/');
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

/** Whether all that lies at `inner` lies at `outer` as well. */
export const isWithin = (inner: BucketLocation, outer: BucketLocation): boolean =>
  inner.bucket === outer.bucket && inner.prefix.startsWith(outer.prefix);

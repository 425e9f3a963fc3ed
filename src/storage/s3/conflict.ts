/** When a create-only write meets another: whose bytes are there. */
import pRetry from 'p-retry';
import { StoreError } from '../../core/errors.ts';
import type { WrittenObject } from '../../core/ports/store.ts';
import { objectExists } from '../object-errors.ts';
import { holdsParts, type PartList } from '../upload-parts.ts';
import type { Bucket } from './bucket.ts';
import { nameOf } from './failures.ts';
import { get, head } from './read.ts';

/** S3 answers 409 while two writers meet; the next answer says who won. */
export function untilSettled<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return pRetry(act, {
    retries: 6,
    minTimeout: 50,
    randomize: true,
    shouldRetry: ({ error }) =>
      ['ConditionalRequestConflict', 'OperationAborted'].includes(nameOf(error)),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** The object is there already: the same bytes are success, as of a repeated step. */
export async function settleExisting(
  bucket: Bucket,
  key: string,
  written: PartList & { readonly partSizeBytes: number },
): Promise<WrittenObject> {
  const existing = await head(bucket, key);
  if (existing === undefined) throw hidden(bucket, key);
  const known = { ...existing, checksum: written.checksum };
  if (existing.checksum === written.checksum) return known;
  if (existing.sizeBytes !== written.sizeBytes) throw objectExists(bucket.url, key);
  const ifMatch = existing.etag === undefined ? {} : { ifMatch: existing.etag };
  const read = (range: { start: number; end: number }) => get(bucket, key, { range, ...ifMatch });
  const isSame = await holdsParts(read, written, written.partSizeBytes);
  if (!isSame) throw objectExists(bucket.url, key);
  return known;
}

/** Some servers count a delete marker as an object. */
function hidden(bucket: Bucket, key: string): StoreError {
  return new StoreError(`${bucket.url} refuses to create ${key} and yet does not show it`, {
    code: 'OBJECT_EXISTS',
    hint: 'A delete marker hides an older version: remove it (aws s3api list-object-versions, delete-object --version-id), or look who deletes objects of the vault.',
  });
}

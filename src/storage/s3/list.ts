/** What lies under a prefix: objects, folders, unfinished uploads. Pages of a thousand. */
import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  type MultipartUpload,
} from '@aws-sdk/client-s3';
import type { ObjectInfo } from '../../core/ports/store.ts';
import { ask, type Bucket } from './bucket.ts';
import { mayBeCold } from './cold.ts';
import { infoOf } from './info.ts';
import { discard } from './multipart.ts';

interface Listing {
  readonly prefix: string;
  readonly after?: string | undefined;
  readonly delimiter?: string;
  readonly signal?: AbortSignal | undefined;
}

export async function* listObjects(bucket: Bucket, listing: Listing): AsyncGenerator<ObjectInfo> {
  for await (const page of pages(bucket, listing)) {
    for (const entry of page.Contents ?? []) {
      const { Key = '', Size = 0, LastModified = new Date(0), ETag, StorageClass } = entry;
      const known = { sizeBytes: Size, modifiedAt: LastModified };
      const info = infoOf(Key.slice(bucket.prefix.length), { ETag, StorageClass }, known);
      yield mayBeCold(entry) ? { ...info, mayBeCold: true } : info;
    }
  }
}

export async function* listFolders(bucket: Bucket, listing: Listing): AsyncGenerator<string> {
  for await (const page of pages(bucket, { ...listing, delimiter: '/' })) {
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      const segment = Prefix?.split('/').at(-2);
      if (segment !== undefined) yield segment;
    }
  }
}

async function* pages(
  bucket: Bucket,
  { prefix, after, delimiter, signal }: Listing,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  const question = { action: `Listing ${prefix}`, needs: ['s3:ListBucket'], signal };
  let next: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: bucket.name,
      Prefix: `${bucket.prefix}${prefix}`,
      Delimiter: delimiter,
      StartAfter: after === undefined ? undefined : `${bucket.prefix}${after}`,
      ContinuationToken: next,
    });
    const page = await ask(bucket, question, (http) => bucket.client.send(command, http));
    yield page;
    next = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (next !== undefined);
}

/** A HEAD answers 404 for a missing bucket too: a list says which. @throws StoreError STORE_MISSING */
export async function confirmBucket(bucket: Bucket): Promise<void> {
  const question = { action: 'Reading', needs: ['s3:ListBucket'] };
  const command = new ListObjectsV2Command({
    Bucket: bucket.name,
    Prefix: bucket.prefix,
    MaxKeys: 1,
  });
  await ask(bucket, question, (http) => bucket.client.send(command, http));
}

/** Aborts the uploads under `prefix` that began before `before`; returns how many. */
export async function sweepUploads(bucket: Bucket, prefix: string, before: Date): Promise<number> {
  // All first, as a page may begin at an upload that must still be there.
  const old = (await listUploads(bucket, prefix)).filter(
    ({ Initiated }) => Initiated !== undefined && Initiated < before,
  );
  for (const { Key = '', UploadId = '' } of old) {
    await discard(bucket, Key.slice(bucket.prefix.length), UploadId);
  }
  return old.length;
}

/**
 * Goes on by key alone, as versitygw 1.8.0 refuses its own upload markers: of a key that two pages
 * share, the next sweep finds the rest.
 */
async function listUploads(bucket: Bucket, prefix: string): Promise<MultipartUpload[]> {
  const question = { action: 'Listing uploads', needs: ['s3:ListBucketMultipartUploads'] };
  const uploads: MultipartUpload[] = [];
  let page: ListMultipartUploadsCommandOutput | undefined;
  do {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      Bucket: bucket.name,
      Prefix: `${bucket.prefix}${prefix}`,
      KeyMarker: page?.NextKeyMarker,
    });
    page = await ask(bucket, question, (http) => bucket.client.send(command, http));
    uploads.push(...(page.Uploads ?? []));
  } while (page.IsTruncated === true);
  return uploads;
}

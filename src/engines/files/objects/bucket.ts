/** A bucket as a source: lists a prefix and reads objects. Credentials come by AWS's default chain. */
import { bucketLocation } from '../../../core/bucket-location.ts';
import type { FilesContext } from '../tools.ts';
import { clientOf, statusOf } from './client.ts';
import { type Description, described, tagsOf } from './description.ts';

export interface ObjectFacts {
  /** Without the prefix. */
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly modified: Date;
}

/** The first byte and the one after the last. */
export type Range = readonly [number, number];

export interface OpenedObject {
  readonly description: Description;
  /** As far as these credentials are told. */
  readonly tagCount: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Everything throws what the SDK throws. */
export interface SourceBucket {
  list(): AsyncIterable<ObjectFacts>;
  /** Of that version alone; all of it without a range. */
  open(facts: ObjectFacts, range?: Range): Promise<OpenedObject>;
  /** Of what is there now: another version's would take a permission of its own. */
  tags(key: string): Promise<Pick<Description, 'tags' | 'versionId'>>;
  /** What is there now. */
  look(facts: ObjectFacts): Promise<ObjectFacts>;
  close(): void;
}

export const isBucket = (path: string): boolean => path.startsWith('s3://');

export async function openBucket(
  context: FilesContext,
  url: string = context.source.path,
): Promise<SourceBucket> {
  const sdk = await import('@aws-sdk/client-s3');
  const client = await clientOf(context);
  const { bucket: Bucket = '', prefix = '' } = bucketLocation(url) ?? {};
  const options = { abortSignal: context.signal };
  return {
    async *list() {
      const asked = { Bucket, Prefix: prefix };
      for await (const page of sdk.paginateListObjectsV2({ client }, asked, options)) {
        const { Contents = [] } = page;
        for (const { Key = '', ETag = '', Size = 0, LastModified = new Date(0) } of Contents) {
          const key = Key.slice(prefix.length);
          if (key !== '') yield { key, etag: ETag, size: Size, modified: LastModified };
        }
      }
    },
    async open({ key, etag }, range) {
      const Range = range && `bytes=${range[0]}-${range[1] - 1}`;
      const asked = { Bucket, Key: prefix + key, IfMatch: etag, Range };
      const answer = await client.send(new sdk.GetObjectCommand(asked), options);
      const bytes = answer.Body as AsyncIterable<Uint8Array>;
      return { description: described(answer), tagCount: answer.TagCount ?? 0, bytes };
    },
    async tags(key) {
      const asked = { Bucket, Key: prefix + key };
      const answer = await client.send(new sdk.GetObjectTaggingCommand(asked), options);
      return { tags: tagsOf(answer.TagSet), versionId: answer.VersionId || undefined };
    },
    async look({ key }) {
      const asked = { Bucket, Key: prefix + key };
      const found = await client.send(new sdk.HeadObjectCommand(asked), options);
      const { ETag = '', ContentLength = 0, LastModified = new Date(0) } = found;
      return { key, etag: ETag, size: ContentLength, modified: LastModified };
    },
    close: () => client.destroy(),
  };
}

/** How reading one object failed; undefined: the source as a whole does not answer. */
export function readFailure(
  error: unknown,
): 'changed' | 'gone' | 'denied' | 'archived' | undefined {
  const { name } = error as Error;
  if (name === 'NoSuchBucket') return undefined;
  if (name === 'InvalidObjectState') return 'archived';
  const status = statusOf(error);
  // 416: it is shorter than it was.
  if (status === 412 || status === 416) return 'changed';
  if (status === 404) return 'gone';
  return status === 403 && !ofTheWhole.has(name) ? 'denied' : undefined;
}

/** Credentials that are no good for anything, not for one object. */
const ofTheWhole: ReadonlySet<string> = new Set([
  'SignatureDoesNotMatch',
  'InvalidAccessKeyId',
  'InvalidToken',
  'ExpiredToken',
  'TokenRefreshRequired',
  'RequestTimeTooSkewed',
]);

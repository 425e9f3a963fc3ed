/** A bucket as a source: lists a prefix and reads objects. Credentials come by AWS's default chain. */
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { bucketLocation } from '../../../core/bucket-location.ts';
import { SourceError } from '../../../core/errors.ts';
import type { StoredObject } from '../index/entry.ts';
import type { FilesContext } from '../tools.ts';
import { clientOf, statusOf } from './client.ts';

export interface ObjectFacts {
  /** Without the prefix. */
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly modified: Date;
}

/** What an object says of itself beside its contents, and what is put back with them. */
export type Description = Omit<StoredObject, 'key' | 'etag'>;

export interface OpenedObject {
  readonly facts: ObjectFacts;
  readonly description: Description;
  readonly bytes: AsyncIterable<Uint8Array>;
}

export interface SourceBucket {
  list(): AsyncIterable<ObjectFacts>;
  /** Of that version alone. Throws what the SDK throws. */
  open(facts: ObjectFacts): Promise<OpenedObject>;
  /** What is there now. */
  look(facts: ObjectFacts): Promise<ObjectFacts>;
  close(): void;
}

export const isBucket = (path: string): boolean => path.startsWith('s3://');

export async function openBucket(context: FilesContext): Promise<SourceBucket> {
  const { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2 } = await import(
    '@aws-sdk/client-s3'
  );
  const client = await clientOf(context);
  const { bucket: Bucket = '', prefix = '' } = bucketLocation(context.source.path) ?? {};
  const options = { abortSignal: context.signal };
  return {
    async *list() {
      const pages = paginateListObjectsV2({ client }, { Bucket, Prefix: prefix });
      for await (const { Contents = [] } of pages) {
        for (const { Key = '', ETag = '', Size = 0, LastModified = new Date(0) } of Contents) {
          const key = Key.slice(prefix.length);
          if (key !== '') yield { key, etag: ETag, size: Size, modified: LastModified };
        }
      }
    },
    async open(facts) {
      const asked = { Bucket, Key: prefix + facts.key, IfMatch: facts.etag };
      const answer = await client.send(new GetObjectCommand(asked), options);
      return {
        description: described(answer),
        facts,
        bytes: answer.Body as AsyncIterable<Uint8Array>,
      };
    },
    async look({ key }) {
      const found = await client.send(
        new HeadObjectCommand({ Bucket, Key: prefix + key }),
        options,
      );
      const { ETag = '', ContentLength = 0, LastModified = new Date(0) } = found;
      return { key, etag: ETag, size: ContentLength, modified: LastModified };
    },
    close: () => client.destroy(),
  };
}

/** Absent where the object says nothing: some servers answer empty text. */
export const described = (answer: GetObjectCommandOutput): Description => ({
  contentType: answer.ContentType || undefined,
  contentEncoding: answer.ContentEncoding || undefined,
  contentLanguage: answer.ContentLanguage || undefined,
  contentDisposition: answer.ContentDisposition || undefined,
  cacheControl: answer.CacheControl || undefined,
  metadata: Object.keys(answer.Metadata ?? {}).length === 0 ? undefined : answer.Metadata,
});

/** How reading one object failed; undefined: the source as a whole does not answer. */
export function readFailure(
  error: unknown,
): 'changed' | 'gone' | 'denied' | 'archived' | undefined {
  const { name } = error as Error;
  if (name === 'NoSuchBucket') return undefined;
  if (name === 'InvalidObjectState') return 'archived';
  const status = statusOf(error);
  if (status === 412) return 'changed';
  if (status === 404) return 'gone';
  return status === 403 && name !== 'SignatureDoesNotMatch' ? 'denied' : undefined;
}

export function unreachable(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof SourceError) return cause;
  if (cause.name === 'AbortError') return cause;
  const status = statusOf(cause);
  if (cause.name === 'NoSuchBucket') {
    const hint = 'Correct `path:` of the source, its `region:` and `endpoint:`.';
    return new SourceError(`${path} does not exist`, { code: 'SOURCE_MISSING', hint, cause });
  }
  const retryable = status === undefined || status >= 500 || status === 429;
  return new SourceError(`${path} cannot be read: ${cause.name} ${cause.message}`.trim(), {
    code: 'SOURCE_UNREADABLE',
    hint:
      status === 403
        ? `Add to the IAM policy of these credentials: ${policyOf(path)}`
        : whereToLook,
    retryable,
    cause,
  });
}

const whereToLook =
  "Check the network, `endpoint:` and `region:` of the source, and AWS's credentials.";

/** What reading a source takes. */
export function policyOf(path: string): string {
  const { bucket = '', prefix = '' } = bucketLocation(path) ?? {};
  const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource });
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      allow('s3:ListBucket', `arn:aws:s3:::${bucket}`),
      allow('s3:GetObject', `arn:aws:s3:::${bucket}/${prefix}*`),
    ],
  });
}

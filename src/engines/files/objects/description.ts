/** What an object says of itself beside its contents: read with it, and put back with it. */
import type { GetObjectCommandOutput, PutObjectCommandInput, Tag } from '@aws-sdk/client-s3';
import type { StoredObject } from '../index/entry.ts';

export type Description = Omit<StoredObject, 'key' | 'etag'>;

type Told = Pick<
  GetObjectCommandOutput,
  | 'VersionId'
  | 'ContentType'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'ContentDisposition'
  | 'CacheControl'
  | 'Metadata'
>;

/** Absent where the object says nothing: some servers answer empty text. */
export const described = (answer: Told): Description => ({
  versionId: answer.VersionId || undefined,
  contentType: answer.ContentType || undefined,
  contentEncoding: answer.ContentEncoding || undefined,
  contentLanguage: answer.ContentLanguage || undefined,
  contentDisposition: answer.ContentDisposition || undefined,
  cacheControl: answer.CacheControl || undefined,
  metadata: someOf(answer.Metadata),
});

export const tagsOf = (set: readonly Tag[] = []): Description['tags'] =>
  someOf(Object.fromEntries(set.map(({ Key = '', Value = '' }) => [Key, Value])));

const someOf = (pairs: Record<string, string> = {}) =>
  Object.keys(pairs).length === 0 ? undefined : pairs;

type Saying = Pick<
  PutObjectCommandInput,
  | 'ContentType'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'ContentDisposition'
  | 'CacheControl'
  | 'Metadata'
  | 'Tagging'
>;

/** Tags go as a query: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const saying = (description: Description): Saying => ({
  ContentType: description.contentType,
  ContentEncoding: description.contentEncoding,
  ContentLanguage: description.contentLanguage,
  ContentDisposition: description.contentDisposition,
  CacheControl: description.cacheControl,
  Metadata: description.metadata,
  Tagging: description.tags && new URLSearchParams({ ...description.tags }).toString(),
});

/** For a comparison, by the names that people know. */
export const factsOf = (description: Description): Record<string, string | undefined> => ({
  'content type': description.contentType,
  'content encoding': description.contentEncoding,
  'content language': description.contentLanguage,
  'content disposition': description.contentDisposition,
  'cache control': description.cacheControl,
  metadata: inOrder(description.metadata),
  tags: inOrder(description.tags),
});

const inOrder = (pairs: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify(Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1)));

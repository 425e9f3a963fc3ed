/** A bucket as a target: what it holds, and objects put into it, each create-only unless it may replace. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { bucketLocation } from '../../../core/bucket-location.ts';
import type { StoredObject } from '../index/entry.ts';
import type { FilesContext } from '../tools.ts';
import { clientOf, statusOf } from './client.ts';
import { type Description, described, saying, tagsOf } from './description.ts';
import { appeared } from './target-failures.ts';

export interface Contents {
  readonly object: StoredObject;
  /** Hex, of all of it. */
  readonly sha256: string;
  readonly replace: boolean;
}

export interface FoundObject {
  readonly description: Description;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Keys are without the prefix. Everything throws what the SDK throws, unless it says otherwise. */
export interface TargetBucket {
  readonly url: string;
  keys(): AsyncIterable<string>;
  /** Without tags, which are asked for by themselves. */
  read(key: string): Promise<FoundObject>;
  tags(key: string): Promise<Description['tags']>;
  /** Throws TargetError `TARGET_NOT_EMPTY` when another object has the key. */
  put(contents: Contents, bytes: Buffer): Promise<void>;
  begin(object: StoredObject): Promise<PartialObject>;
  close(): void;
}

/** An object that arrives in parts, and is not there before it is completed. */
export interface PartialObject {
  /** Numbers count from 1; in any order, several at once. */
  part(number: number, bytes: Buffer): Promise<void>;
  /** Throws as `put`. */
  complete(contents: Contents): Promise<void>;
  abort(): Promise<void>;
}

export async function openTarget(context: FilesContext, url: string): Promise<TargetBucket> {
  const sdk = await import('@aws-sdk/client-s3');
  const client = await clientOf(context);
  const { bucket: Bucket = '', prefix = '' } = bucketLocation(url) ?? {};
  const options = { abortSignal: context.signal };
  const place = (key: string) => ({ Bucket, Key: prefix + key });
  const read = async (key: string): Promise<FoundObject> => {
    const answer = await client.send(new sdk.GetObjectCommand(place(key)), options);
    return { description: described(answer), bytes: answer.Body as AsyncIterable<Uint8Array> };
  };
  const tags = async (key: string) => {
    const { TagSet } = await client.send(new sdk.GetObjectTaggingCommand(place(key)), options);
    return tagsOf(TagSet);
  };
  const create = (
    { object, sha256, replace }: Contents,
    send: (only: OnlyNew) => Promise<unknown>,
  ) =>
    untilSettled(() => send(replace ? {} : { IfNoneMatch: '*' }), context.signal).catch(
      async (error: unknown) => {
        if (statusOf(error) !== 412) throw error;
        // An answer that was lost makes the SDK ask again, and meet the object of its first try.
        const there = await read(object.key);
        if ((await hashOf(there.bytes)) !== sha256)
          throw appeared(`s3://${Bucket}/${prefix}${object.key}`);
      },
    );
  return {
    url: `s3://${Bucket}/${prefix}`,
    async *keys() {
      const pages = sdk.paginateListObjectsV2({ client }, { Bucket, Prefix: prefix }, options);
      for await (const { Contents = [] } of pages) {
        for (const { Key = '' } of Contents) yield Key.slice(prefix.length);
      }
    },
    read,
    tags,
    async put(contents, bytes) {
      const { object, sha256 } = contents;
      const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
      const content = { Body: bytes, ContentLength: bytes.length, ChecksumSHA256 };
      await create(contents, (only) => {
        const input = { ...place(object.key), ...saying(object), ...content, ...only };
        return client.send(new sdk.PutObjectCommand(input), options);
      });
    },
    begin: (object) => beginParts({ sdk, client, options, place, create }, object),
    close: () => client.destroy(),
  };
}

type OnlyNew = { readonly IfNoneMatch?: string };

interface Sending {
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly client: S3Client;
  readonly options: { readonly abortSignal: AbortSignal };
  readonly place: (key: string) => { readonly Bucket: string; readonly Key: string };
  readonly create: (
    contents: Contents,
    send: (only: OnlyNew) => Promise<unknown>,
  ) => Promise<unknown>;
}

async function beginParts(
  { sdk, client, options, place, create }: Sending,
  object: StoredObject,
): Promise<PartialObject> {
  const input = { ...place(object.key), ...saying(object), ChecksumAlgorithm: 'SHA256' } as const;
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(input), options);
  const upload = { ...place(object.key), UploadId };
  const sent: { PartNumber: number; ETag: string | undefined; ChecksumSHA256: string }[] = [];
  return {
    async part(PartNumber, bytes) {
      const ChecksumSHA256 = createHash('sha256').update(bytes).digest('base64');
      const part = { ...upload, PartNumber, ChecksumSHA256 };
      const { ETag } = await client.send(
        new sdk.UploadPartCommand({ ...part, Body: bytes, ContentLength: bytes.length }),
        options,
      );
      sent.push({ PartNumber, ETag, ChecksumSHA256 });
    },
    async complete(contents) {
      const Parts = sent.toSorted((a, b) => a.PartNumber - b.PartNumber);
      await create(contents, (only) => {
        const command = { ...upload, ...only, MultipartUpload: { Parts } };
        return client.send(new sdk.CompleteMultipartUploadCommand(command), options);
      });
    },
    async abort() {
      await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
    },
  };
}

const settleAttempts = 5;

/**
 * 409: another request about the same key is under way, "retry the upload":
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
async function untilSettled<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send();
    } catch (error) {
      if (statusOf(error) !== 409 || attempt === settleAttempts) throw error;
      await sleep(100 * 2 ** attempt, undefined, { signal });
    }
  }
}

export async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const digest = createHash('sha256');
  for await (const piece of bytes) digest.update(piece);
  return digest.digest('hex');
}

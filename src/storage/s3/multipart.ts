/** The four requests of a multipart upload. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { StoreError } from '../../core/errors.ts';
import type { PutOptions, WrittenObject } from '../../core/ports/store.ts';
import { differentBytes, type PartList } from '../upload-parts.ts';
import { ask, type Bucket, lockFields, place } from './bucket.ts';
import { settleExisting, untilSettled } from './conflict.ts';
import { nameOf } from './failures.ts';
import { hashOf, presetHash } from './hash.ts';
import { infoOf } from './info.ts';

export type UploadOptions = PutOptions & { readonly partSizeBytes: number };

/** An upload that the store knows, and the ETags of its parts. */
export interface Sent {
  readonly id: string;
  readonly etags: Map<number, string | undefined>;
}

export async function createMultipart(
  bucket: Bucket,
  key: string,
  options: UploadOptions,
): Promise<Sent> {
  const command = new CreateMultipartUploadCommand({
    ...place(bucket, key),
    ChecksumAlgorithm: 'SHA256',
    ...lockFields(bucket, options.lockUntil),
  });
  const needs = ['s3:PutObject', ...(bucket.lockMode ? ['s3:PutObjectRetention'] : [])];
  const question = { action: `Storing ${key}`, needs, signal: options.signal };
  const { UploadId } = await ask(bucket, question, (http) => bucket.client.send(command, http));
  if (UploadId === undefined) throw withoutId(bucket, key);
  return { id: UploadId, etags: new Map() };
}

export async function sendPart(
  bucket: Bucket,
  key: string,
  part: { sent: Sent; n: number; bytes: Uint8Array; sha256: Uint8Array; signal: AbortSignal },
): Promise<void> {
  const { sent, n, bytes, signal } = part;
  const hash = hashOf(part.sha256);
  const command = new UploadPartCommand({
    ...place(bucket, key),
    UploadId: sent.id,
    PartNumber: n + 1,
    Body: bytes,
    ContentLength: bytes.length,
    ChecksumSHA256: hash.base64,
  });
  const question = { action: `Storing part ${n} of ${key}`, needs: ['s3:PutObject'], signal };
  const { ETag, ChecksumSHA256 = hash.base64 } = await ask(bucket, question, (http) =>
    bucket.client.send(presetHash(command, hash), http),
  );
  if (ChecksumSHA256 !== hash.base64) throw differentBytes(key, `part ${n}`);
  sent.etags.set(n, ETag);
}

/** A lost answer makes the SDK ask again: "no such upload" and "exists" then mean that it was done. */
export async function completeMultipart(
  bucket: Bucket,
  key: string,
  work: { sent: Sent; parts: PartList; options: UploadOptions },
): Promise<WrittenObject> {
  const { sent, parts, options } = work;
  const command = completeCommand(bucket, key, work);
  const question = { action: `Storing ${key}`, needs: ['s3:PutObject'], signal: options.signal };
  const written = { ...parts, partSizeBytes: options.partSizeBytes };
  try {
    const send = () => ask(bucket, question, (http) => bucket.client.send(command, http));
    const response = await untilSettled(send, options.signal);
    if (digestOf(response.ChecksumSHA256 ?? parts.checksum) !== digestOf(parts.checksum)) {
      throw differentBytes(key, 'the whole');
    }
    const stored = { sizeBytes: parts.sizeBytes, modifiedAt: bucket.now() };
    return { ...infoOf(key, response, stored), checksum: parts.checksum };
  } catch (error) {
    if (!['PreconditionFailed', 'NoSuchUpload'].includes(nameOf(error))) throw error;
    await discard(bucket, key, sent.id);
    return settleExisting(bucket, key, written);
  }
}

function completeCommand(
  bucket: Bucket,
  key: string,
  { sent, parts, options }: { sent: Sent; parts: PartList; options: UploadOptions },
): CompleteMultipartUploadCommand {
  return new CompleteMultipartUploadCommand({
    ...place(bucket, key),
    UploadId: sent.id,
    IfNoneMatch: options.ifAbsent ? '*' : undefined,
    MultipartUpload: {
      Parts: parts.digests.map((digest, n) => ({
        PartNumber: n + 1,
        ETag: sent.etags.get(n),
        ChecksumSHA256: Buffer.from(digest).toString('base64'),
      })),
    },
  });
}

/** Some servers leave out the `-N` of a composite checksum. */
function digestOf(checksum: string): string {
  return checksum.replace(/-\d+$/, '');
}

/** Removes an upload and its parts; one that is gone is fine. */
export async function discard(bucket: Bucket, key: string, id: string): Promise<void> {
  const command = new AbortMultipartUploadCommand({ ...place(bucket, key), UploadId: id });
  const question = { action: `Aborting ${key}`, needs: ['s3:AbortMultipartUpload'] };
  try {
    await ask(bucket, question, (http) => bucket.client.send(command, http));
  } catch (error) {
    if (nameOf(error) !== 'NoSuchUpload') throw error;
  }
}

function withoutId(bucket: Bucket, key: string): StoreError {
  return new StoreError(`Storing ${key} in ${bucket.url} failed: no upload id was given`, {
    code: 'STORE_UNSUPPORTED',
    hint: 'docs/storage.md says what a store must support.',
  });
}

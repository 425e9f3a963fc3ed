/** Writing single objects, create-only or replacing. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { PutOptions, WrittenObject } from '../../core/ports/store.ts';
import { differentBytes } from '../upload-parts.ts';
import { ask, type Bucket, lockFields, place } from './bucket.ts';
import { settleExisting, untilSettled } from './conflict.ts';
import { nameOf } from './failures.ts';
import { type Hash, presetHash } from './hash.ts';
import { infoOf } from './info.ts';
import { extendLock } from './versions.ts';

/** `hash` is that of the bytes; the store compares. */
export async function put(
  bucket: Bucket,
  key: string,
  content: { readonly bytes: Uint8Array; readonly hash: Hash; readonly options: PutOptions },
): Promise<WrittenObject> {
  const { bytes, hash, options } = content;
  const { ifAbsent, lockUntil, signal } = options;
  const send = () => {
    const command = new PutObjectCommand({
      ...place(bucket, key),
      Body: bytes,
      ContentLength: bytes.length,
      ChecksumSHA256: hash.base64,
      IfNoneMatch: ifAbsent ? '*' : undefined,
      ...lockFields(bucket, lockUntil),
    });
    const needs = ['s3:PutObject', ...(bucket.lockMode ? ['s3:PutObjectRetention'] : [])];
    const question = { action: `Storing ${key}`, needs, signal };
    return ask(bucket, question, (http) => bucket.client.send(presetHash(command, hash), http));
  };
  const written = { sizeBytes: bytes.length, digests: [hash.raw], checksum: hash.base64 };
  try {
    const response = await untilSettled(send, signal);
    const { ChecksumSHA256 = hash.base64 } = response;
    if (ChecksumSHA256 !== hash.base64) throw differentBytes(key, 'it');
    const stored = { sizeBytes: bytes.length, modifiedAt: bucket.now() };
    return { ...infoOf(key, response, stored), checksum: ChecksumSHA256 };
  } catch (error) {
    if (nameOf(error) !== 'PreconditionFailed') throw error;
    const partSizeBytes = Math.max(1, bytes.length);
    const existing = await settleExisting(bucket, key, { ...written, partSizeBytes });
    if (lockUntil !== undefined) await extendLock(bucket, key, lockUntil);
    return existing;
  }
}

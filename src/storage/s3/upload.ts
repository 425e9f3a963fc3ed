/** An upload into a bucket: multipart from the first full part on, a single put when there is none. */
import { sha256 } from '../../core/checksum.ts';
import type { Upload, WrittenObject } from '../../core/ports/store.ts';
import { openPartBook, type PartList, uploadEnded } from '../upload-parts.ts';
import type { Bucket } from './bucket.ts';
import { hashOf } from './hash.ts';
import {
  completeMultipart,
  createMultipart,
  discard,
  type Sent,
  sendPart,
  type UploadOptions,
} from './multipart.ts';
import { extendLock } from './versions.ts';
import { put } from './write.ts';

export function openBucketUpload(bucket: Bucket, key: string, options: UploadOptions): Upload {
  const { partSizeBytes } = options;
  const book = openPartBook(key, partSizeBytes);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const running = new Set<Promise<void>>();
  let only: Uint8Array | undefined;
  let creating: Promise<Sent> | undefined;
  let state: 'open' | 'completing' | 'ended' = 'open';
  let completed: Promise<WrittenObject> | undefined;

  async function send(n: number, bytes: Uint8Array, given?: Uint8Array): Promise<void> {
    const digest = given ?? sha256(bytes);
    if (n === 0 && bytes.length < partSizeBytes) {
      only = Uint8Array.from(bytes);
    } else {
      creating ??= createMultipart(bucket, key, { ...options, signal });
      await sendPart(bucket, key, { sent: await creating, n, bytes, sha256: digest, signal });
    }
    book.record(n, bytes.length, digest);
  }

  async function finish(): Promise<WrittenObject> {
    const parts = book.close();
    if (creating !== undefined) return join(bucket, key, { sent: await creating, parts, options });
    const bytes = only ?? new Uint8Array();
    const hash = hashOf(parts.digests[0] ?? sha256(bytes));
    return put(bucket, key, { bytes, hash, options });
  }

  async function abort(): Promise<void> {
    if (state !== 'open') return;
    state = 'ended';
    stop.abort(uploadEnded(key));
    await Promise.allSettled(running);
    const sent = await creating?.catch(() => undefined);
    if (sent !== undefined) await discard(bucket, key, sent.id);
  }

  return {
    async part(n, bytes, given) {
      signal.throwIfAborted();
      if (state !== 'open') throw uploadEnded(key);
      book.check(n, bytes);
      const sending = send(n, bytes, given);
      running.add(sending);
      await sending.finally(() => running.delete(sending));
    },
    async complete() {
      if (completed !== undefined) return completed;
      if (state !== 'open') throw uploadEnded(key);
      state = 'completing';
      completed = finish();
      try {
        return await completed;
      } catch (error) {
        completed = undefined;
        state = 'open';
        throw error;
      }
    },
    abort,
  };
}

async function join(
  bucket: Bucket,
  key: string,
  work: { sent: Sent; parts: PartList; options: UploadOptions },
): Promise<WrittenObject> {
  const info = await completeMultipart(bucket, key, work);
  // Some stores forget the lock of a multipart upload, and an object that was there has its own.
  const { lockUntil } = work.options;
  if (lockUntil !== undefined) await extendLock(bucket, key, lockUntil);
  return info;
}

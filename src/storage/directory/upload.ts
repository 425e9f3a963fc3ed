/** An upload into a directory: parts are written at their place in one temporary file. */
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PutOptions, Upload, WrittenObject } from '../../core/ports/store.ts';
import { objectExists } from '../object-errors.ts';
import { openPartBook, uploadEnded } from '../upload-parts.ts';
import { discard, openTemporary, pruneFolders, publish } from './durable.ts';
import { storeFailure } from './failures.ts';
import { fileHoldsParts, infoOf, statFile } from './read.ts';

export interface UploadTarget {
  readonly url: string;
  readonly root: string;
  readonly key: string;
  readonly path: string;
  readonly options: PutOptions & { readonly partSizeBytes: number };
}

export async function openDirectoryUpload(target: UploadTarget): Promise<Upload> {
  const { key, path, root, options } = target;
  const { partSizeBytes, signal } = options;
  const action = `Storing ${key} in ${target.url}`;
  const book = openPartBook(key, partSizeBytes);
  const temporary = await openTemporary(path);
  let ended = false;
  let completing: Promise<WrittenObject> | undefined;

  async function abort(): Promise<void> {
    if (ended || completing !== undefined) return;
    ended = true;
    await discard(temporary);
    await pruneFolders(dirname(path), root);
  }

  async function complete(): Promise<WrittenObject> {
    signal?.throwIfAborted();
    const parts = book.close();
    const outcome = await publish(temporary, path, { ifAbsent: options.ifAbsent, root });
    if (outcome === 'exists' && !(await fileHoldsParts(path, parts, partSizeBytes))) {
      throw objectExists(target.url, key);
    }
    const stats = await statFile(path);
    if (stats === undefined) throw new Error(`${path} vanished after it was written`);
    return { ...infoOf(key, stats), checksum: parts.checksum };
  }

  return {
    async part(n, bytes, sha256) {
      signal?.throwIfAborted();
      if (ended || completing !== undefined) throw uploadEnded(key);
      book.check(n, bytes);
      const digest = book.digest(n, bytes, sha256);
      try {
        await writeAt(temporary.handle, bytes, n * partSizeBytes);
      } catch (error) {
        throw ended ? uploadEnded(key) : storeFailure(action, error);
      }
      book.record(n, bytes.length, digest);
    },
    async complete() {
      if (ended) throw uploadEnded(key);
      completing ??= complete();
      try {
        return await completing;
      } catch (error) {
        completing = undefined;
        await abort();
        throw storeFailure(action, error);
      }
    },
    abort,
  };
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const left = bytes.length - written;
    const { bytesWritten } = await handle.write(bytes, written, left, position + written);
    written += bytesWritten;
  }
}

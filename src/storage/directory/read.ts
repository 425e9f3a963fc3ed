/** Reading files of the vault: whole or by range, and comparing without holding them. */
import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { ByteRange, ObjectInfo } from '../../core/ports/store.ts';
import { holdsParts, type PartList } from '../upload-parts.ts';
import { errorCode } from './failures.ts';

/** Changes whenever the file does: an object is replaced by a new inode, or edited in place. */
export function etagOf(stats: Stats): string {
  return `${stats.ino.toString(16)}-${stats.size.toString(16)}-${stats.mtimeMs.toString(16)}`;
}

export function infoOf(key: string, stats: Stats): ObjectInfo {
  return { key, sizeBytes: stats.size, modifiedAt: stats.mtime, etag: etagOf(stats) };
}

/** `undefined` where there is no file: absent, a folder, or below a file. */
export async function statFile(path: string): Promise<Stats | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errorCode(error) ?? '');
}

/** The bytes of `range`, fewer where the file ends before. */
export async function readRange(
  handle: FileHandle,
  range: ByteRange,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, range.end - range.start));
  let filled = 0;
  while (filled < bytes.length) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(
      bytes,
      filled,
      bytes.length - filled,
      range.start + filled,
    );
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Whether the file at `path` is made of exactly these parts. */
export async function fileHoldsParts(
  path: string,
  parts: PartList,
  partSizeBytes: number,
): Promise<boolean> {
  await using handle = await open(path, 'r');
  if ((await handle.stat()).size !== parts.sizeBytes) return false;
  return await holdsParts((range) => readRange(handle, range), parts, partSizeBytes);
}

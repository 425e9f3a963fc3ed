/**
 * Files that are whole or absent, whatever dies: written under a temporary name beside the final one,
 * synced, then linked (create-only) or renamed (replace), and the folders synced up to the vault.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode } from './failures.ts';

const temporaryPattern = /~[0-9a-f]{16}$/;
const folderMode = 0o700;
const fileMode = 0o600;

/** No key holds a `~`, so that a temporary file is never taken for an object. */
export function isTemporary(name: string): boolean {
  return temporaryPattern.test(name);
}

export interface TemporaryFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** The topmost folder that was made for it. */
  readonly made: string | undefined;
}

/** Opens an empty file beside `path`, making its folders. Another process may prune them meanwhile. */
export async function openTemporary(path: string, attempts = 8): Promise<TemporaryFile> {
  const folder = dirname(path);
  const name = join(folder, `${basename(path)}~${randomBytes(8).toString('hex')}`);
  const made = await mkdir(folder, { recursive: true, mode: folderMode });
  try {
    return { path: name, handle: await open(name, 'wx', fileMode), made };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || attempts <= 1) throw error;
    return openTemporary(path, attempts - 1);
  }
}

/** Closes and removes; safe to repeat. */
export async function discard(temporary: TemporaryFile): Promise<void> {
  await temporary.handle.close().catch(() => {});
  await rm(temporary.path, { force: true });
}

/**
 * Makes a synced temporary file the object at `path`. With `ifAbsent` an existing file stays, and the
 * answer is `exists`; the temporary file is gone either way once this resolves.
 */
export async function publish(
  temporary: TemporaryFile,
  path: string,
  options: { readonly ifAbsent: boolean; readonly root: string },
): Promise<'stored' | 'exists'> {
  await temporary.handle.sync();
  await temporary.handle.close();
  const outcome = options.ifAbsent ? await create(temporary.path, path) : 'stored';
  if (!options.ifAbsent) await rename(temporary.path, path);
  const { made = options.root } = temporary;
  await syncFolders(dirname(path), made.length < options.root.length ? made : options.root);
  return outcome;
}

async function create(from: string, to: string): Promise<'stored' | 'exists'> {
  const outcome = await link(from, to).then(
    () => 'stored' as const,
    (error: unknown) => {
      if (errorCode(error) === 'EEXIST') return 'exists' as const;
      throw error;
    },
  );
  await rm(from, { force: true });
  return outcome;
}

/** Syncs `folder` and those above it to the parent of `top`: a folder's name lies in its parent. */
export async function syncFolders(folder: string, top: string): Promise<void> {
  const last = dirname(top);
  for (let at = folder; ; at = dirname(at)) {
    await syncFolder(at);
    if (at === last || at === dirname(at)) return;
  }
}

/** The parent of the vault may be unreadable to us, and some file systems cannot sync a folder. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP', 'ENOENT'].includes(errorCode(error) ?? '')) {
      throw error;
    }
  }
}

/** Removes the folders that have become empty, from `folder` up to, not including, `root`. */
export async function pruneFolders(folder: string, root: string): Promise<void> {
  for (let at = folder; at !== root && at.startsWith(root); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      return;
    }
  }
}

/** Walking the vault's folders in key order, holding the names of one folder per level. */
import type { Dirent } from 'node:fs';
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectInfo } from '../../core/ports/store.ts';
import { isSegment } from '../object-key.ts';
import { isTemporary } from './durable.ts';
import { infoOf, isAbsent, statFile } from './read.ts';

interface Entry {
  /** Ends with `/` for a folder, so that names sort as keys do. */
  readonly name: string;
  readonly isFolder: boolean;
}

export interface Walk {
  readonly root: string;
  readonly prefix: string;
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export async function* walkObjects(walk: Walk): AsyncGenerator<ObjectInfo> {
  const folder = walk.prefix.slice(0, walk.prefix.lastIndexOf('/') + 1);
  yield* walkFolder(walk, folder);
}

async function* walkFolder(walk: Walk, folder: string): AsyncGenerator<ObjectInfo> {
  for (const entry of await readFolder(walk.root, folder)) {
    walk.signal?.throwIfAborted();
    const key = `${folder}${entry.name}`;
    if (!isWanted(key, walk)) continue;
    if (entry.isFolder) {
      yield* walkFolder(walk, key);
    } else {
      const stats = await statFile(join(walk.root, key));
      if (stats !== undefined) yield infoOf(key, stats);
    }
  }
}

/** A folder's key ends with `/`: it may hold wanted keys when either is the other's beginning. */
function isWanted(key: string, { prefix, after }: Walk): boolean {
  const isFolder = key.endsWith('/');
  const matches = key.startsWith(prefix) || (isFolder && prefix.startsWith(key));
  const isLater = after === undefined || key > after || (isFolder && after.startsWith(key));
  return matches && isLater;
}

/** The next segments under `prefix` below which at least one object lies. */
export async function* walkFolders(walk: Walk): AsyncGenerator<string> {
  const folder = walk.prefix.slice(0, walk.prefix.lastIndexOf('/') + 1);
  for (const entry of await readFolder(walk.root, folder)) {
    walk.signal?.throwIfAborted();
    const key = `${folder}${entry.name}`;
    if (!entry.isFolder || !key.startsWith(walk.prefix)) continue;
    const first = await walkFolder({ ...walk, prefix: key }, key).next();
    if (first.done !== true) yield entry.name.slice(0, -1);
  }
}

/** Removes empty folders, and temporary files last written before `before`; counts the files. */
export async function sweepTemporaries(
  root: string,
  prefix: string,
  before: Date,
): Promise<number> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  return sweepFolder({ root, prefix, before }, folder);
}

interface Sweep {
  readonly root: string;
  readonly prefix: string;
  readonly before: Date;
}

async function sweepFolder(sweep: Sweep, folder: string): Promise<number> {
  let removed = 0;
  for (const entry of await readAll(join(sweep.root, folder))) {
    const key = `${folder}${entry.name}`;
    if (isTemporary(entry.name)) {
      removed += await sweepFile(sweep, key);
    } else if (isSegment(entry.name) && isWanted(`${key}/`, sweep)) {
      if (!(await leadsToFolder(join(sweep.root, folder), entry))) continue;
      removed += await sweepFolder(sweep, `${key}/`);
      await rmdir(join(sweep.root, key)).catch(() => {});
    }
  }
  return removed;
}

async function sweepFile(sweep: Sweep, key: string): Promise<number> {
  const path = join(sweep.root, key);
  if (!key.startsWith(sweep.prefix) || !(await isOlder(path, sweep.before))) return 0;
  await rm(path, { force: true });
  return 1;
}

async function isOlder(path: string, before: Date): Promise<boolean> {
  try {
    return (await stat(path)).mtime < before;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function readFolder(root: string, folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const entry of await readAll(join(root, folder))) {
    if (!isSegment(entry.name)) continue;
    const isFolder = await leadsToFolder(join(root, folder), entry);
    entries.push({ name: isFolder ? `${entry.name}/` : entry.name, isFolder });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A folder may have been moved to another disk and linked. */
async function leadsToFolder(folder: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(join(folder, entry.name)).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function readAll(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

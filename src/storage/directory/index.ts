/** A vault in a directory: `file:///var/backups/holdfast`. Modes 700 and 600; no locks. */
import { open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { putChecksum } from '../../core/checksum.ts';
import type {
  GetOptions,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  Upload,
  WrittenObject,
} from '../../core/ports/store.ts';
import { objectChanged, objectExists, objectMissing } from '../object-errors.ts';
import { checkKey, checkPrefix } from '../object-key.ts';
import { discard, openTemporary, pruneFolders, publish, syncFolder } from './durable.ts';
import { storeFailure } from './failures.ts';
import { probeDirectory } from './probe.ts';
import { etagOf, infoOf, isAbsent, readRange, statFile } from './read.ts';
import { openDirectoryUpload } from './upload.ts';
import { sweepTemporaries, walkFolders, walkObjects } from './walk.ts';

interface Place {
  readonly url: string;
  readonly root: string;
}

/** Creates nothing: the first write makes the directory. */
export function openDirectoryStore(url: string): ObjectStore {
  const place: Place = { url, root: fileURLToPath(url).replace(/(?<=.)\/+$/, '') };
  const said = failing(place.url);
  const store: ObjectStore = {
    url,
    locks: false,
    get: (key, options = {}) => said(`Reading ${key}`, () => get(place, key, options)),
    head: (key) => said(`Reading ${key}`, () => head(place, key)),
    put: (key, bytes, options) => said(`Storing ${key}`, () => put(place, key, bytes, options)),
    upload: (key, options) => said(`Storing ${key}`, () => upload(place, key, options)),
    list: (prefix, options = {}) =>
      listing(url, prefix, () => walkObjects({ root: place.root, prefix, ...options })),
    listFolders: (prefix, signal) =>
      listing(url, prefix, () => walkFolders({ root: place.root, prefix, signal })),
    delete: (key) => said(`Deleting ${key}`, () => remove(place, key)),
    extendLock: async (key) => checkKey(key),
    thaw: async (key) => {
      if ((await store.head(key)) === undefined) throw objectMissing(url, key);
      return 'ready';
    },
    sweepUploads: (prefix, before) =>
      said('Sweeping', () => sweepTemporaries(place.root, prefix, before)),
    probeTiers: async () => [],
    probe: () => probeDirectory(store, place.root),
    close: async () => {},
  };
  return store;
}

type Said = <T>(action: string, act: () => Promise<T>) => Promise<T>;

function failing(url: string): Said {
  return async (action, act) => {
    try {
      return await act();
    } catch (error) {
      throw storeFailure(`${action} in ${url}`, error);
    }
  };
}

async function* listing<T>(
  url: string,
  prefix: string,
  walk: () => AsyncGenerator<T>,
): AsyncGenerator<T> {
  checkPrefix(prefix);
  try {
    yield* walk();
  } catch (error) {
    throw storeFailure(`Listing ${prefix} in ${url}`, error);
  }
}

function pathOf(place: Place, key: string): string {
  checkKey(key);
  return join(place.root, key);
}

async function get(place: Place, key: string, options: GetOptions): Promise<Uint8Array> {
  const path = pathOf(place, key);
  options.signal?.throwIfAborted();
  if (options.versionId !== undefined) throw objectMissing(place.url, key);
  try {
    await using handle = await open(path, 'r');
    const stats = await handle.stat();
    if (!stats.isFile()) throw objectMissing(place.url, key);
    if (options.ifMatch !== undefined && options.ifMatch !== etagOf(stats)) {
      throw objectChanged(place.url, key);
    }
    const { start, end } = options.range ?? { start: 0, end: stats.size };
    const range = { start, end: Math.min(end, stats.size) };
    return await readRange(handle, range, options.signal);
  } catch (error) {
    throw isAbsent(error) ? objectMissing(place.url, key) : error;
  }
}

async function head(place: Place, key: string): Promise<ObjectInfo | undefined> {
  const stats = await statFile(pathOf(place, key));
  return stats === undefined ? undefined : infoOf(key, stats);
}

async function put(
  place: Place,
  key: string,
  bytes: Uint8Array,
  options: PutOptions,
): Promise<WrittenObject> {
  const path = pathOf(place, key);
  options.signal?.throwIfAborted();
  const temporary = await openTemporary(path);
  try {
    await temporary.handle.writeFile(bytes);
    const { ifAbsent } = options;
    const outcome = await publish(temporary, path, { ifAbsent, root: place.root });
    if (outcome === 'exists' && !(await holds(place, key, bytes))) {
      throw objectExists(place.url, key);
    }
    const info = await head(place, key);
    if (info === undefined) throw objectMissing(place.url, key);
    return { ...info, checksum: putChecksum(bytes) };
  } catch (error) {
    await discard(temporary);
    await pruneFolders(dirname(path), place.root);
    throw error;
  }
}

async function holds(place: Place, key: string, bytes: Uint8Array): Promise<boolean> {
  const stored = await get(place, key, { range: { start: 0, end: bytes.length + 1 } });
  return Buffer.from(stored).equals(bytes);
}

function upload(
  place: Place,
  key: string,
  options: PutOptions & { readonly partSizeBytes: number },
): Promise<Upload> {
  const path = pathOf(place, key);
  options.signal?.throwIfAborted();
  return openDirectoryUpload({ ...place, key, path, options });
}

async function remove(place: Place, key: string): Promise<void> {
  const path = pathOf(place, key);
  try {
    await unlink(path);
  } catch (error) {
    if (isAbsent(error)) return;
    throw error;
  }
  await syncFolder(dirname(path));
  await pruneFolders(dirname(path), place.root);
}

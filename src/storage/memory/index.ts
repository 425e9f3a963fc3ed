/** A vault in memory, for tests: every promise of the port, locks included, and nothing kept. */
import { putChecksum } from '../../core/checksum.ts';
import type {
  GetOptions,
  ObjectInfo,
  ObjectStore,
  PutOptions,
  Upload,
  WrittenObject,
} from '../../core/ports/store.ts';
import { objectChanged, objectExists, objectLocked, objectMissing } from '../object-errors.ts';
import { checkKey, checkPrefix } from '../object-key.ts';
import { probeObject } from '../probe-object.ts';
import { openPartBook, uploadEnded } from '../upload-parts.ts';

interface Stored {
  readonly info: WrittenObject;
  readonly bytes: Uint8Array;
}

interface Memory {
  readonly url: string;
  readonly locks: boolean;
  readonly now: () => Date;
  readonly objects: Map<string, Stored>;
  readonly uploads: Set<{ readonly key: string; readonly startedAt: Date }>;
  writes: number;
}

export interface MemoryOptions {
  readonly now?: () => Date;
  /** Whether `lockUntil` is honoured. */
  readonly locks?: boolean;
  readonly url?: string;
}

export function openMemoryStore(options: MemoryOptions = {}): ObjectStore {
  const memory: Memory = {
    url: options.url ?? 'memory://vault',
    locks: options.locks ?? true,
    now: options.now ?? (() => new Date()),
    objects: new Map(),
    uploads: new Set(),
    writes: 0,
  };
  const store: ObjectStore = {
    url: memory.url,
    locks: memory.locks,
    get: async (key, getOptions = {}) => get(memory, key, getOptions),
    head: async (key) => {
      checkKey(key);
      return memory.objects.get(key)?.info;
    },
    put: async (key, bytes, putOptions) => {
      putOptions.signal?.throwIfAborted();
      return write(memory, key, { bytes, checksum: putChecksum(bytes), options: putOptions });
    },
    upload: async (key, uploadOptions) => openUpload(memory, key, uploadOptions),
    list: (prefix, listOptions = {}) => list(memory, prefix, listOptions),
    listFolders: (prefix, signal) => listFolders(memory, prefix, signal),
    delete: async (key) => remove(memory, key),
    extendLock: async (key, until) => extendLock(memory, key, until),
    thaw: async (key) => {
      checkKey(key);
      if (!memory.objects.has(key)) throw objectMissing(memory.url, key);
      return 'ready';
    },
    sweepUploads: async (prefix, before) => sweep(memory, prefix, before),
    probeTiers: async () => [],
    probe: async () => ({ findings: await probeObject(store) }),
    close: async () => {},
  };
  return store;
}

function get(memory: Memory, key: string, options: GetOptions): Uint8Array {
  checkKey(key);
  options.signal?.throwIfAborted();
  const stored = memory.objects.get(key);
  if (stored === undefined || options.versionId !== undefined) {
    throw objectMissing(memory.url, key);
  }
  if (options.ifMatch !== undefined && options.ifMatch !== stored.info.etag) {
    throw objectChanged(memory.url, key);
  }
  return Uint8Array.from(stored.bytes.subarray(options.range?.start, options.range?.end));
}

function write(
  memory: Memory,
  key: string,
  content: { bytes: Uint8Array; checksum: string; options: PutOptions },
): WrittenObject {
  checkKey(key);
  const { bytes, checksum, options } = content;
  const existing = memory.objects.get(key);
  if (existing !== undefined && options.ifAbsent) {
    if (Buffer.from(existing.bytes).equals(bytes)) return existing.info;
    throw objectExists(memory.url, key);
  }
  memory.writes += 1;
  const lockedUntil = memory.locks ? options.lockUntil : undefined;
  const info = {
    key,
    sizeBytes: bytes.length,
    modifiedAt: memory.now(),
    etag: String(memory.writes),
    checksum,
    ...(lockedUntil === undefined ? {} : { lockedUntil }),
  };
  memory.objects.set(key, { info, bytes: Uint8Array.from(bytes) });
  return info;
}

function openUpload(
  memory: Memory,
  key: string,
  options: PutOptions & { readonly partSizeBytes: number },
): Upload {
  checkKey(key);
  options.signal?.throwIfAborted();
  const book = openPartBook(key, options.partSizeBytes);
  const parts = new Map<number, Uint8Array>();
  const entry = { key, startedAt: memory.now() };
  memory.uploads.add(entry);
  let done: WrittenObject | undefined;
  const isOpen = () => memory.uploads.has(entry);
  return {
    async part(n, bytes, sha256) {
      options.signal?.throwIfAborted();
      if (!isOpen()) throw uploadEnded(key);
      book.check(n, bytes);
      const digest = book.digest(n, bytes, sha256);
      parts.set(n, Uint8Array.from(bytes));
      book.record(n, bytes.length, digest);
    },
    async complete() {
      if (done !== undefined) return done;
      if (!isOpen()) throw uploadEnded(key);
      memory.uploads.delete(entry);
      const { checksum, digests } = book.close();
      const bytes = Buffer.concat(digests.map((_, n) => parts.get(n) ?? new Uint8Array()));
      done = write(memory, key, { bytes, checksum, options });
      return done;
    },
    async abort() {
      memory.uploads.delete(entry);
    },
  };
}

async function* list(
  memory: Memory,
  prefix: string,
  options: { after?: string; signal?: AbortSignal },
): AsyncGenerator<ObjectInfo> {
  checkPrefix(prefix);
  const { after = '', signal } = options;
  const keys = [...memory.objects.keys()].filter((key) => key.startsWith(prefix) && key > after);
  for (const key of keys.sort()) {
    signal?.throwIfAborted();
    const stored = memory.objects.get(key);
    if (stored !== undefined) yield stored.info;
  }
}

async function* listFolders(
  memory: Memory,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const above = prefix.lastIndexOf('/') + 1;
  let last: string | undefined;
  for await (const { key } of list(memory, prefix, signal === undefined ? {} : { signal })) {
    const end = key.indexOf('/', above);
    const folder = end === -1 ? undefined : key.slice(above, end);
    if (folder !== undefined && folder !== last) yield folder;
    last = folder ?? last;
  }
}

function remove(memory: Memory, key: string): void {
  checkKey(key);
  const until = memory.objects.get(key)?.info.lockedUntil;
  if (until !== undefined && until > memory.now()) throw objectLocked(memory.url, key, until);
  memory.objects.delete(key);
}

function extendLock(memory: Memory, key: string, until: Date): void {
  checkKey(key);
  if (!memory.locks) return;
  const stored = memory.objects.get(key);
  if (stored === undefined) throw objectMissing(memory.url, key);
  const { lockedUntil } = stored.info;
  if (lockedUntil !== undefined && lockedUntil >= until) return;
  memory.objects.set(key, { ...stored, info: { ...stored.info, lockedUntil: until } });
}

function sweep(memory: Memory, prefix: string, before: Date): number {
  const old = [...memory.uploads].filter(
    ({ key, startedAt }) => key.startsWith(prefix) && startedAt < before,
  );
  for (const entry of old) memory.uploads.delete(entry);
  return old.length;
}

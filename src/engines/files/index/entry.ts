/** The index of a set: the whole tree, one line an entry, in walk order. docs/engines/files.md. */
import { type BytePath, bytesOf, fromText, isContained, utf8Of } from '../tree/byte-path.ts';
import type { Xattrs } from '../tree/xattrs.ts';

export const entryTypes = [
  'file',
  'hardlink',
  'directory',
  'symlink',
  'fifo',
  'character',
  'block',
  'socket',
] as const;
export type EntryType = (typeof entryTypes)[number];

export interface StoredObject {
  /** Below the source's prefix. */
  readonly key: string;
  readonly etag: string;
  /** Of a bucket with versions: which one was read. */
  readonly versionId?: string | undefined;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface IndexEntry {
  readonly path: BytePath;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Bytes on disk, of a file with holes. */
  readonly allocated?: number | undefined;
  /** Nanoseconds since 1970, negative before. */
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly inode: bigint;
  readonly device: bigint;
  /** Of the whole contents, holes as zeros; only of a `file` whose contents are stored. */
  readonly sha256?: string | undefined;
  /** Of a symlink: what it says. Of a hardlink: the path of the entry that holds the contents. */
  readonly target?: BytePath | undefined;
  /** Major and minor number of a device. */
  readonly numbers?: readonly [number, number] | undefined;
  readonly xattrs?: Xattrs | undefined;
  /** The set whose archive holds the contents; absent: this one. */
  readonly set?: string | undefined;
  /** Changed so shortly before it was read that a later change could show the same times. */
  readonly unsettled?: boolean | undefined;
  /** Of a file that was an object of a bucket. */
  readonly object?: StoredObject | undefined;
  /** Why the entry is not, or not surely, what the source held. */
  readonly problem?: string | undefined;
}

export const indexHeader = '{"format":"holdfast-files-1"}';

/** Undefined fields are left out by JSON itself. */
export const encodeEntry = (entry: IndexEntry): string =>
  JSON.stringify({
    ...encodedPath('path', entry.path),
    type: entry.type,
    mode: entry.mode.toString(8),
    uid: entry.uid,
    gid: entry.gid,
    size: entry.size,
    mtime: String(entry.mtime),
    ctime: String(entry.ctime),
    inode: String(entry.inode),
    device: String(entry.device),
    allocated: entry.allocated,
    sha256: entry.sha256,
    ...(entry.target === undefined ? undefined : encodedPath('target', entry.target)),
    numbers: entry.numbers,
    xattrs: entry.xattrs,
    set: entry.set,
    unsettled: entry.unsettled,
    object: entry.object,
    problem: entry.problem,
  });

/**
 * The line of an entry without problem, once its contents lie in `set`: half the work of writing the
 * index of a tree that hardly changed was to encode again what had just been read.
 */
export const lineInSet = (line: string, entry: IndexEntry, set: string): string =>
  entry.set === set ? line : `${line.slice(0, -1)},"set":${JSON.stringify(set)}}`;

/** `path` is UTF-8 text; `path64` the base64 of bytes that are not. */
function encodedPath(key: string, path: BytePath): Record<string, string> {
  const text = utf8Of(path);
  return text === undefined ? { [`${key}64`]: bytesOf(path).toString('base64') } : { [key]: text };
}

type Exact = 'mode' | 'mtime' | 'ctime' | 'inode' | 'device';
/** Numbers beyond JSON's are text; a path is one of two keys. */
type Line = Omit<IndexEntry, 'path' | 'target' | Exact> &
  Record<Exact, string> &
  Partial<Record<'path' | 'path64' | 'target' | 'target64', string>>;

/**
 * The line comes from an authenticated stream: only what could harm is checked, paths above all.
 * Throws RangeError for a path that leaves the tree and TypeError for an unknown type.
 */
export function decodeEntry(text: string): IndexEntry {
  const line = JSON.parse(text) as Line;
  const path = decodedPath(line, 'path');
  const target = decodedPath(line, 'target');
  if (path === undefined || !isContained(path))
    throw new RangeError(`path leaves its tree: ${text}`);
  if (!entryTypes.includes(line.type)) throw new TypeError(`unknown type: ${text}`);
  if (line.type === 'hardlink' && !isContained(target ?? '')) {
    throw new RangeError(`link leaves its tree: ${text}`);
  }
  return {
    path,
    type: line.type,
    mode: Number.parseInt(line.mode, 8),
    uid: line.uid,
    gid: line.gid,
    size: line.size,
    mtime: BigInt(line.mtime),
    ctime: BigInt(line.ctime),
    inode: BigInt(line.inode),
    device: BigInt(line.device),
    allocated: line.allocated,
    sha256: line.sha256,
    target,
    numbers: line.numbers,
    xattrs: line.xattrs,
    set: line.set,
    unsettled: line.unsettled,
    object: line.object,
    problem: line.problem,
  };
}

function decodedPath(line: Line, key: 'path' | 'target'): BytePath | undefined {
  const raw = line[`${key}64`];
  if (raw !== undefined) return Buffer.from(raw, 'base64').toString('latin1');
  const text = line[key];
  return text === undefined ? undefined : fromText(text);
}

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

export interface IndexEntry {
  readonly path: BytePath;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Bytes on disk, of a file with holes. */
  readonly allocated?: number;
  /** Nanoseconds since 1970, negative before. */
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly inode: bigint;
  readonly device: bigint;
  /** Of the whole contents, holes as zeros; only of a `file` whose contents are stored. */
  readonly sha256?: string;
  /** Of a symlink: what it says. Of a hardlink: the path of the entry that holds the contents. */
  readonly target?: BytePath;
  /** Major and minor number of a device. */
  readonly numbers?: readonly [number, number];
  readonly xattrs?: Xattrs;
  /** The set whose archive holds the contents; absent: this one. */
  readonly set?: string;
  /** Changed so shortly before it was read that a later change could show the same times. */
  readonly unsettled?: boolean;
  /** Why the entry is not, or not surely, what the source held. */
  readonly problem?: string;
}

export const indexHeader = '{"format":"holdfast-files-1"}';

export function encodeEntry(entry: IndexEntry): string {
  const fields: Record<string, unknown> = { ...encodedPath('path', entry.path), type: entry.type };
  fields['mode'] = entry.mode.toString(8);
  fields['uid'] = entry.uid;
  fields['gid'] = entry.gid;
  fields['size'] = entry.size;
  fields['mtime'] = String(entry.mtime);
  fields['ctime'] = String(entry.ctime);
  fields['inode'] = String(entry.inode);
  fields['device'] = String(entry.device);
  if (entry.allocated !== undefined) fields['allocated'] = entry.allocated;
  if (entry.sha256 !== undefined) fields['sha256'] = entry.sha256;
  if (entry.target !== undefined) Object.assign(fields, encodedPath('target', entry.target));
  if (entry.numbers !== undefined) fields['numbers'] = entry.numbers;
  if (entry.xattrs !== undefined) fields['xattrs'] = entry.xattrs;
  if (entry.set !== undefined) fields['set'] = entry.set;
  if (entry.unsettled) fields['unsettled'] = true;
  if (entry.problem !== undefined) fields['problem'] = entry.problem;
  return JSON.stringify(fields);
}

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
  const { mode, mtime, ctime, inode, device, ...rest } = line;
  for (const key of encodedKeys) delete rest[key];
  return {
    ...rest,
    path,
    mode: Number.parseInt(mode, 8),
    mtime: BigInt(mtime),
    ctime: BigInt(ctime),
    inode: BigInt(inode),
    device: BigInt(device),
    ...(target === undefined ? {} : { target }),
  };
}

const encodedKeys = ['path64', 'target', 'target64'] as const;

function decodedPath(line: Line, key: 'path' | 'target'): BytePath | undefined {
  const raw = line[`${key}64`];
  if (raw !== undefined) return Buffer.from(raw, 'base64').toString('latin1');
  const text = line[key];
  return text === undefined ? undefined : fromText(text);
}

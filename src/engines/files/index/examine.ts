/** From what lstat(2) says to an index entry. */
import { type BigIntStats, constants, readlinkSync } from 'node:fs';
import { type BytePath, fsName } from '../tree/byte-path.ts';
import type { Xattrs } from '../tree/xattrs.ts';
import type { EntryType, IndexEntry } from './entry.ts';

const types: Readonly<Record<number, EntryType>> = {
  [constants.S_IFREG]: 'file',
  [constants.S_IFDIR]: 'directory',
  [constants.S_IFLNK]: 'symlink',
  [constants.S_IFIFO]: 'fifo',
  [constants.S_IFCHR]: 'character',
  [constants.S_IFBLK]: 'block',
  [constants.S_IFSOCK]: 'socket',
};

export interface Examined {
  readonly path: BytePath;
  /** Relative to the working directory. */
  readonly name: BytePath;
  readonly stats: BigIntStats;
  readonly xattrs: Xattrs | undefined;
  /** Nanoseconds: see `ArchiveJob.startedAt`. */
  readonly startedAt: bigint;
}

export const typeOf = (stats: BigIntStats): EntryType =>
  types[Number(stats.mode) & constants.S_IFMT] ?? 'file';

export function entryOf({ path, name, stats, xattrs, startedAt }: Examined): IndexEntry {
  const type = typeOf(stats);
  return {
    path,
    type,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: type === 'file' ? Number(stats.size) : 0,
    mtime: stats.mtimeNs,
    ctime: stats.ctimeNs,
    inode: stats.ino,
    device: stats.dev,
    allocated: isSparse(type, stats) ? Number(stats.blocks) * 512 : undefined,
    target: type === 'symlink' ? readlinkSync(fsName(name), 'latin1') : undefined,
    numbers: isDevice(type) ? deviceNumbers(stats.rdev) : undefined,
    xattrs,
    unsettled: isUnsettled(stats.ctimeNs, startedAt) || undefined,
  };
}

const isSparse = (type: EntryType, stats: BigIntStats): boolean =>
  type === 'file' && stats.blocks * 512n < stats.size;

const isDevice = (type: EntryType): boolean => type === 'character' || type === 'block';

/** Linux's 64-bit dev_t (gnu_dev_major, gnu_dev_minor). */
function deviceNumbers(rdev: bigint): [number, number] {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n);
  return [Number(major), Number(minor)];
}

/** Kernels stamp by a clock of up to 10 ms a tick, some file systems of 2 s. */
const tickNanoseconds = 50_000_000n;
const coarseNanoseconds = 2_000_000_000n;

function isUnsettled(ctime: bigint, startedAt: bigint): boolean {
  const coarse = ctime % 1_000_000_000n === 0n;
  return ctime >= startedAt - (coarse ? coarseNanoseconds : tickNanoseconds);
}

/** The version that the parent's archive holds is the one that is there now. */
export function isUnchanged(now: IndexEntry, before: IndexEntry): boolean {
  return (
    before.type === now.type &&
    !before.unsettled &&
    before.problem === undefined &&
    before.size === now.size &&
    before.mtime === now.mtime &&
    before.ctime === now.ctime &&
    before.inode === now.inode &&
    before.device === now.device &&
    before.mode === now.mode
  );
}

/** Of an unchanged file: nothing that its line says differs, but for the set. Attributes are not compared. */
export const isSameLine = (now: IndexEntry, before: IndexEntry): boolean =>
  now.uid === before.uid &&
  now.gid === before.gid &&
  now.allocated === before.allocated &&
  now.unsettled === undefined &&
  now.xattrs === undefined &&
  before.xattrs === undefined;

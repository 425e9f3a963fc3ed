/** Writes one file's contents as a member, and notices when the file changes meanwhile. */
import { createHash, hash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import type { IndexEntry } from '../index/entry.ts';
import { memberHeader, padded } from '../tar/header.ts';
import { type BytePath, fsName } from '../tree/byte-path.ts';
import { type BlockWriter, pause } from './block-writer.ts';
import { readFully } from './read-fully.ts';
import { sparseLayout, writeExtents } from './sparse.ts';

export type StoredFile =
  /** `changing`: what was stored is a mixture of versions, after every attempt. */
  | { readonly kind: 'stored'; readonly entry: IndexEntry; readonly changing: boolean }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly code: string }
  | { readonly kind: 'replaced'; readonly stats: BigIntStats };

export interface FileToStore {
  readonly name: BytePath;
  readonly stats: BigIntStats;
  readonly entryOf: (stats: BigIntStats) => IndexEntry;
}

const pausesMilliseconds = [10, 50, 250];
const openFlags =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

export function storeFile(out: BlockWriter, file: FileToStore): StoredFile {
  let stats = file.stats;
  for (let attempt = 0; ; attempt++) {
    const entry = file.entryOf(stats);
    const tried = tryStore(out, file.name, { entry, stats });
    if (tried.kind !== 'changed') return tried;
    const wait = pausesMilliseconds[attempt];
    if (wait === undefined) return { kind: 'stored', entry: tried.entry, changing: true };
    tried.takeBack();
    pause(wait);
    const now = lstatSync(fsName(file.name), { bigint: true, throwIfNoEntry: false });
    if (now === undefined) return { kind: 'gone' };
    if (!now.isFile()) return { kind: 'replaced', stats: now };
    stats = now;
  }
}

type Attempt =
  | Exclude<StoredFile, { kind: 'replaced' }>
  | { readonly kind: 'changed'; readonly entry: IndexEntry; takeBack(): void };

interface Version {
  readonly entry: IndexEntry;
  readonly stats: BigIntStats;
}

function tryStore(out: BlockWriter, name: BytePath, { entry, stats }: Version): Attempt {
  const fd = tryOpen(name);
  if (typeof fd === 'string') return refusedOpen(fd, entry);
  try {
    const { sha256, takeBack } = writeMember(out, fd, { entry, stats });
    const stored = { ...entry, sha256 };
    if (isSameVersion(stats, fstatSync(fd, { bigint: true }))) {
      return { kind: 'stored', entry: stored, changing: false };
    }
    return { kind: 'changed', entry: stored, takeBack };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== 'read') throw error;
    return { kind: 'unreadable', code: (error as NodeJS.ErrnoException).code ?? 'EIO' };
  } finally {
    closeSync(fd);
  }
}

/** ELOOP: a link took the file's place; the caller's lstat will tell. */
function refusedOpen(code: string, entry: IndexEntry): Attempt {
  if (code === 'ENOENT' || code === 'ESTALE') return { kind: 'gone' };
  if (code === 'ELOOP' || code === 'ENXIO') return { kind: 'changed', entry, takeBack: () => {} };
  return { kind: 'unreadable', code };
}

/** A descriptor, or the error's code. The access time is left alone where the system allows it. */
function tryOpen(name: BytePath): number | string {
  for (const extra of [constants.O_NOATIME, 0]) {
    try {
      return openSync(fsName(name), openFlags | extra);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'EIO';
      if (code !== 'EPERM' || extra === 0) return code;
    }
  }
  return 'EPERM';
}

/** A name that was removed meanwhile changes ctime, not the contents. */
function isSameVersion(before: BigIntStats, after: BigIntStats): boolean {
  return (
    before.ino === after.ino &&
    before.dev === after.dev &&
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    (before.ctimeNs === after.ctimeNs || after.nlink < before.nlink)
  );
}

interface Member {
  readonly sha256: string;
  takeBack(): void;
}

function writeMember(out: BlockWriter, fd: number, { entry, stats }: Version): Member {
  if (stats.blocks * 512n < stats.size) {
    const layout = sparseLayout(fd, entry.size);
    const header = memberHeader(entry, { storedBytes: layout.storedBytes, sparse: true });
    const contents = () => writeExtents(out, fd, layout);
    return { sha256: completely(out, { header, ...layout, contents }), takeBack: () => {} };
  }
  const storedBytes = entry.size;
  const header = memberHeader(entry, { storedBytes });
  if (!out.holds(header.length + padded(storedBytes))) {
    const contents = () => writeLarge(out, fd, storedBytes);
    return { sha256: completely(out, { header, storedBytes, contents }), takeBack: () => {} };
  }
  const start = out.position;
  const takeBack = () => out.takeBack(start);
  try {
    out.put(header);
    return { sha256: writeSmall(out, fd, storedBytes), takeBack };
  } catch (error) {
    takeBack();
    throw error;
  }
}

interface MemberParts {
  readonly header: Buffer;
  readonly storedBytes: number;
  /** Writes `storedBytes` and returns their SHA-256. */
  readonly contents: () => string;
}

/** What the header promises follows, if need be as zeros: a read error must not break the archive. */
function completely(out: BlockWriter, { header, storedBytes, contents }: MemberParts): string {
  out.put(header);
  const end = out.total + storedBytes;
  try {
    return contents();
  } finally {
    out.zeros(end - out.total);
    out.pad(storedBytes);
  }
}

/** One piece of the buffer holds it all. A file that has become shorter is filled up with zeros. */
function writeSmall(out: BlockWriter, fd: number, size: number): string {
  const contents = out.fill(size, (target) => {
    target.fill(0, readFully(fd, target));
    return target.length;
  });
  out.pad(size);
  return hash('sha256', contents, 'hex');
}

function writeLarge(out: BlockWriter, fd: number, size: number): string {
  const digest = createHash('sha256');
  for (let done = 0; done < size; ) {
    const piece = out.fill(size - done, (target) => {
      target.fill(0, readFully(fd, target));
      return target.length;
    });
    digest.update(piece);
    done += piece.length;
  }
  return digest.digest('hex');
}

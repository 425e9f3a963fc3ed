/** Step `compare`: reads the restored tree back from disk, every byte, and compares it with the index. */
import { createHash, hash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, openSync } from 'node:fs';
import { readFully } from '../archive/read-fully.ts';
import type { IndexEntry } from '../index/entry.ts';
import { entryOf } from '../index/examine.ts';
import { IndexReader } from '../index/file.ts';
import { type BytePath, comparePaths, fsName, textOf } from '../tree/byte-path.ts';
import { isSystemError, type Visitor, walkTree } from '../tree/walk.ts';
import { readXattrs, type Xattrs, type XattrTable } from '../tree/xattrs.ts';
import type { CompareJob } from './job.ts';
import { isRestorable, isRoot } from './restorable.ts';
import type { CompareResult } from './result.ts';

const differencesKept = 100;

export function compare(job: CompareJob): CompareResult {
  const comparer = new Comparer(job);
  walkTree(job.target, comparer);
  return comparer.finish();
}

class Comparer implements Visitor {
  readonly #expected: IndexReader;
  readonly #xattrs: XattrTable | undefined;
  readonly #inodes = new Map<BytePath, bigint>();
  readonly #differences: { name: string; expected: string; found: string }[] = [];
  readonly #totals = { units: 0, files: 0, bytes: 0 };
  #differenceCount = 0;

  constructor(job: CompareJob) {
    this.#expected = new IndexReader(job.indexFile);
    this.#xattrs = job.xattrsFile === undefined ? undefined : readXattrs(job.xattrsFile);
  }

  entry(path: BytePath, name: BytePath, stats: BigIntStats): boolean {
    const expected = this.#reach(path);
    if (expected === undefined) {
      this.#differ(path, 'nothing', 'an entry that the set does not hold');
      return false;
    }
    this.#totals.units++;
    const found = entryOf({ path, name, stats, xattrs: this.#xattrs?.get(path), startedAt: 0n });
    if (stats.nlink > 1n && found.type !== 'directory') this.#inodes.set(path, stats.ino);
    if (expected.type === 'hardlink') this.#compareLink(expected, found);
    else this.#compareFacts(expected, found);
    if (expected.type === 'file' && found.type === 'file') this.#compareContents(expected, name);
    return true;
  }

  failed(path: BytePath, error: NodeJS.ErrnoException): void {
    this.#differ(path, 'a readable entry', error.code ?? error.message);
  }

  finish(): CompareResult {
    for (const missing of this.#expected) this.#missing(missing);
    return {
      ...this.#totals,
      differenceCount: this.#differenceCount,
      differences: this.#differences,
    };
  }

  /** The expected entry at `path`; those before it were not found. */
  #reach(path: BytePath): IndexEntry | undefined {
    for (let next = this.#expected.peek(); next !== undefined; next = this.#expected.peek()) {
      const order = comparePaths(next.path, path);
      if (order > 0) return undefined;
      this.#expected.next();
      if (order === 0) return next;
      this.#missing(next);
    }
    return undefined;
  }

  #missing(entry: IndexEntry): void {
    if (isRestorable(entry)) this.#differ(entry.path, entry.type, 'nothing');
  }

  #compareFacts(expected: IndexEntry, found: IndexEntry): void {
    const before = this.#facts(expected);
    const after = this.#facts(found);
    for (const [fact, value] of Object.entries(before)) {
      if (after[fact] !== value) {
        this.#differ(expected.path, `${fact} ${value}`, `${fact} ${after[fact]}`);
      }
    }
  }

  #facts(entry: IndexEntry): Record<string, string> {
    return {
      type: entry.type,
      ...(entry.type === 'symlink' ? { target: textOf(entry.target ?? '') } : modeFact(entry)),
      ...(entry.type === 'socket' ? {} : { mtime: String(entry.mtime) }),
      ...(isRoot() ? { owner: `${entry.uid}:${entry.gid}` } : {}),
      ...(entry.type === 'file' ? { size: String(entry.size) } : {}),
      ...(entry.numbers === undefined ? {} : { numbers: entry.numbers.join(',') }),
      ...(this.#xattrs === undefined ? {} : { attributes: attributesOf(entry.xattrs ?? {}) }),
    };
  }

  /** The same inode: everything else was compared there. */
  #compareLink(expected: IndexEntry, found: IndexEntry): void {
    const head = expected.target ?? '';
    if (this.#inodes.get(head) === found.inode) return;
    this.#differ(expected.path, `a link to ${textOf(head)}`, 'a file of its own');
  }

  #compareContents(expected: IndexEntry, name: BytePath): void {
    const sha256 = hashFile(name);
    this.#totals.files++;
    this.#totals.bytes += expected.size;
    if (sha256 === expected.sha256) return;
    this.#differ(expected.path, `SHA-256 ${expected.sha256}`, `SHA-256 ${sha256}`);
  }

  #differ(path: BytePath, expected: string, found: string): void {
    this.#differenceCount++;
    if (this.#differences.length >= differencesKept) return;
    this.#differences.push({ name: textOf(path), expected, found });
  }
}

const modeFact = (entry: IndexEntry): { mode: string } => ({ mode: entry.mode.toString(8) });

const unprivileged = /^(user\.|system\.posix_acl_)/;

/** Those that who restores may set, in a stable order. */
function attributesOf(xattrs: Xattrs): string {
  const names = Object.keys(xattrs).filter((name) => isRoot() || unprivileged.test(name));
  return names
    .sort()
    .map((name) => `${name}=${xattrs[name]}`)
    .join(' ');
}

const buffer = Buffer.allocUnsafe(1 << 20);

/** Hex, or the code of the error that reading gave. */
function hashFile(name: BytePath): string {
  try {
    return hashOpened(openSync(fsName(name), constants.O_RDONLY | constants.O_NOFOLLOW));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return `unreadable (${error.code})`;
  }
}

function hashOpened(fd: number): string {
  try {
    const first = readFully(fd, buffer);
    if (first < buffer.length) return hash('sha256', buffer.subarray(0, first), 'hex');
    const digest = createHash('sha256').update(buffer);
    for (let count = readFully(fd, buffer); count > 0; count = readFully(fd, buffer)) {
      digest.update(buffer.subarray(0, count));
    }
    return digest.digest('hex');
  } finally {
    closeSync(fd);
  }
}

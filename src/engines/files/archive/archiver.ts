/** Decides for each entry of a walk: left out, unchanged since the parent, or stored. */
import type { BigIntStats } from 'node:fs';
import { type EntryType, type IndexEntry, lineInSet } from '../index/entry.ts';
import { entryOf, isSameLine, isUnchanged } from '../index/examine.ts';
import { IndexReader, IndexWriter } from '../index/file.ts';
import { memberHeader } from '../tar/header.ts';
import { type BytePath, fromText, rootPath, textOf } from '../tree/byte-path.ts';
import { matcherOf, type PathMatcher } from '../tree/patterns.ts';
import { Selection } from '../tree/selection.ts';
import type { Visitor } from '../tree/walk.ts';
import { readXattrs, type XattrTable } from '../tree/xattrs.ts';
import type { BlockWriter } from './block-writer.ts';
import { type FileToStore, storeFile } from './contents.ts';
import { type ArchiveJob, problemsKept } from './job.ts';
import type { ArchiveResult } from './result.ts';

/** The system's PATH_MAX, with a slash and a NUL: tar writes nothing longer. */
const longestPath = 4094;
/** Devices and sockets are made one by one, whoever restores. */
const linkedTypes: ReadonlySet<EntryType> = new Set(['file', 'symlink', 'fifo']);
const shownCharacters = 200;

export class Archiver implements Visitor {
  readonly #out: BlockWriter;
  readonly #job: ArchiveJob;
  readonly #index: IndexWriter;
  readonly #parent: IndexReader | undefined;
  readonly #xattrs: XattrTable;
  readonly #startedAt: bigint;
  readonly #excluded: PathMatcher;
  readonly #selection: Selection<IndexEntry>;
  readonly #ownPaths: ReadonlySet<BytePath>;
  /** The first path of each inode that has several names, by device and inode. */
  readonly #heads = new Map<string, BytePath>();
  readonly #totals = { files: 0, entries: 0, bytes: 0, storedFiles: 0, vanished: 0 };
  readonly #notes = { ownPathsSkipped: [] as string[], otherFileSystems: 0 };
  readonly #problems: string[] = [];
  #problemCount = 0;
  #rootUnreadable = false;
  #rootDevice = 0n;
  /** Written once it is known whether the directory can be listed. */
  #held: IndexEntry | undefined;

  constructor(out: BlockWriter, job: ArchiveJob) {
    this.#out = out;
    this.#job = job;
    this.#index = new IndexWriter(job.indexFile);
    this.#parent = job.parent === undefined ? undefined : new IndexReader(job.parent.indexFile);
    this.#xattrs = readXattrs(job.xattrsFile);
    this.#startedAt = BigInt(job.startedAt);
    this.#excluded = matcherOf(job.exclude);
    this.#selection = new Selection(matcherOf(job.include));
    this.#ownPaths = new Set(job.ownPaths.map(fromText));
  }

  entry(path: BytePath, name: BytePath, stats: BigIntStats): boolean {
    if (path === rootPath) this.#rootDevice = stats.dev;
    if (this.#isLeftOut(path)) return false;
    if (path.length > longestPath) {
      this.#report(path, `a path of more than ${longestPath} bytes is not stored`);
      return false;
    }
    const entry = this.#examine(path, name, stats);
    const wanted = this.#selection.wants(entry);
    if (entry.type === 'directory') {
      if (!wanted) this.#selection.postpone(entry);
      else this.#keep(entry);
      return this.#isCrossed(stats);
    }
    if (wanted) this.#keepLeaf(entry, { name, stats });
    return false;
  }

  failed(path: BytePath, error: NodeJS.ErrnoException): void {
    if (path === rootPath) this.#rootUnreadable = true;
    if (error.code === 'ENOENT' || error.code === 'ESTALE') {
      this.#totals.vanished++;
      return;
    }
    const problem = `unreadable: ${error.code ?? error.message}`;
    this.#report(path, problem);
    if (this.#held?.path === path) this.#held = { ...this.#held, problem };
  }

  finish(): ArchiveResult {
    this.#release();
    this.#index.close();
    this.#parent?.close();
    this.#out.end();
    return {
      ...this.#totals,
      ...this.#notes,
      problems: this.#problems,
      problemCount: this.#problemCount,
      rootUnreadable: this.#rootUnreadable,
    };
  }

  #isLeftOut(path: BytePath): boolean {
    if (this.#ownPaths.has(path)) {
      this.#notes.ownPathsSkipped.push(textOf(path));
      return true;
    }
    return this.#excluded(path);
  }

  #isCrossed(stats: BigIntStats): boolean {
    if (!this.#job.oneFileSystem || stats.dev === this.#rootDevice) return true;
    this.#notes.otherFileSystems++;
    return false;
  }

  #examine(path: BytePath, name: BytePath, stats: BigIntStats): IndexEntry {
    const xattrs = this.#xattrs.get(path);
    return entryOf({ path, name, stats, xattrs, startedAt: this.#startedAt });
  }

  /** Everything that has no contents: directories, links, devices. */
  #keep(entry: IndexEntry): void {
    for (const way of this.#selection.waysTo(entry.path)) this.#write(way);
    this.#write(entry);
  }

  #write(entry: IndexEntry): void {
    const before = this.#parent?.find(entry.path);
    const known = before !== undefined && isUnchanged(entry, before);
    if (!known && entry.type !== 'socket') this.#out.put(memberHeader(entry, { storedBytes: 0 }));
    this.#record(entry);
  }

  #keepLeaf(entry: IndexEntry, file: Omit<FileToStore, 'entryOf'>): void {
    const head = file.stats.nlink > 1n ? this.#headOf(entry) : undefined;
    if (head !== undefined) {
      this.#keep({ ...entry, type: 'hardlink', target: head, size: 0 });
      return;
    }
    if (entry.type !== 'file') {
      this.#keep(entry);
      return;
    }
    for (const way of this.#selection.waysTo(entry.path)) this.#write(way);
    if (!this.#keepUnchanged(entry)) this.#store(entry, file);
  }

  #keepUnchanged(entry: IndexEntry): boolean {
    const parent = this.#parent;
    const before = parent?.find(entry.path);
    const sha256 = before?.sha256;
    if (!parent || !before || sha256 === undefined || !isUnchanged(entry, before)) return false;
    const set = before.set ?? this.#job.parent?.id ?? '';
    const line = isSameLine(entry, before) ? lineInSet(parent.lineRead, before, set) : undefined;
    this.#record({ ...entry, sha256, set }, line);
    return true;
  }

  #headOf(entry: IndexEntry): BytePath | undefined {
    if (!linkedTypes.has(entry.type)) return undefined;
    const key = `${entry.device}:${entry.inode}`;
    const head = this.#heads.get(key);
    if (head === undefined) this.#heads.set(key, entry.path);
    return head;
  }

  /** Its contents are not in the archive: the next of its names is tried instead. */
  #forgetHead(entry: IndexEntry): void {
    this.#heads.delete(`${entry.device}:${entry.inode}`);
  }

  #store(entry: IndexEntry, { name, stats }: Omit<FileToStore, 'entryOf'>): void {
    const examine = (latest: BigIntStats) => this.#examine(entry.path, name, latest);
    const stored = storeFile(this.#out, { name, stats, entryOf: examine });
    if (stored.kind === 'stored') {
      this.#totals.storedFiles++;
      this.#record(stored.changing ? this.#changing(stored.entry) : stored.entry);
    } else if (stored.kind === 'gone') {
      this.#totals.vanished++;
      this.#forgetHead(entry);
    } else if (stored.kind === 'replaced') {
      this.#replaced(entry.path, name, stored.stats);
    } else {
      const problem = `unreadable: ${stored.code}`;
      this.#forgetHead(entry);
      this.#report(entry.path, problem);
      this.#record({ ...entry, problem });
    }
  }

  #changing(entry: IndexEntry): IndexEntry {
    const problem = 'changed while it was read, at every attempt';
    this.#report(entry.path, problem);
    return { ...entry, problem };
  }

  /** A directory that took the file's place is not entered in this walk. */
  #replaced(path: BytePath, name: BytePath, stats: BigIntStats): void {
    const entry = this.#examine(path, name, stats);
    if (entry.type !== 'directory') {
      this.#write(entry);
      return;
    }
    const problem = 'became a directory while it was read';
    this.#report(path, problem);
    this.#record({ ...entry, problem });
  }

  /** `line` where the entry need not be encoded again. */
  #record(entry: IndexEntry, line?: string): void {
    this.#release();
    this.#totals.entries++;
    if (entry.type === 'file') {
      this.#totals.files++;
      this.#totals.bytes += entry.size;
    }
    if (entry.type === 'directory') this.#held = entry;
    else if (line === undefined) this.#index.write(entry);
    else this.#index.writeLine(line);
  }

  #release(): void {
    if (this.#held !== undefined) this.#index.write(this.#held);
    this.#held = undefined;
  }

  #report(path: BytePath, problem: string): void {
    this.#problemCount++;
    const shown = textOf(path).slice(0, shownCharacters);
    if (this.#problems.length < problemsKept) this.#problems.push(`${shown}: ${problem}`);
  }
}

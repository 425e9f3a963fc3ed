/** Index files, read and written synchronously with one buffer each, whatever the tree's size. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { type BytePath, comparePaths } from '../tree/byte-path.ts';
import { decodeEntry, encodeEntry, type IndexEntry, indexHeader } from './entry.ts';

const chunkBytes = 1 << 18;

export class IndexWriter {
  readonly #fd: number;
  #lines: string[] = [indexHeader];
  #characters = 0;

  constructor(file: string) {
    this.#fd = openSync(file, 'wx', 0o600);
  }

  write(entry: IndexEntry): void {
    this.writeLine(encodeEntry(entry));
  }

  writeLine(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#characters >= chunkBytes) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }

  #flush(): void {
    const bytes = Buffer.from(this.#lines.map((line) => `${line}\n`).join(''));
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
    this.#lines = [];
    this.#characters = 0;
  }
}

export class IndexReader {
  readonly #fd: number;
  readonly #chunk = Buffer.allocUnsafe(chunkBytes);
  #carried: Buffer = Buffer.alloc(0);
  #lines: string[] = [];
  #at = 0;
  #peeked: IndexEntry | undefined;
  #lineRead = '';

  /** Throws TypeError when the file is not an index this version reads. */
  constructor(file: string) {
    this.#fd = openSync(file, 'r');
    const header = this.#line();
    if (header !== indexHeader) throw new TypeError(`not an index: it begins with ${header}`);
  }

  /** The line of the entry last read: of the one that `find` has just given. */
  get lineRead(): string {
    return this.#lineRead;
  }

  next(): IndexEntry | undefined {
    const peeked = this.#peeked;
    if (peeked !== undefined) {
      this.#peeked = undefined;
      return peeked;
    }
    const line = this.#line();
    if (line === undefined) return undefined;
    this.#lineRead = line;
    return decodeEntry(line);
  }

  peek(): IndexEntry | undefined {
    this.#peeked ??= this.next();
    return this.#peeked;
  }

  /** The entry at `path`, passing over all before it; for calls in walk order. */
  find(path: BytePath): IndexEntry | undefined {
    for (let entry = this.peek(); entry !== undefined; entry = this.peek()) {
      const order = comparePaths(entry.path, path);
      if (order > 0) return undefined;
      this.#peeked = undefined;
      if (order === 0) return entry;
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<IndexEntry> {
    for (let entry = this.next(); entry !== undefined; entry = this.next()) yield entry;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #line(): string | undefined {
    while (this.#at >= this.#lines.length) {
      if (!this.#fill()) return undefined;
    }
    return this.#lines[this.#at++];
  }

  #fill(): boolean {
    const count = readSync(this.#fd, this.#chunk);
    if (count === 0) {
      if (this.#carried.length > 0) throw new TypeError('the index ends inside a line');
      return false;
    }
    const bytes = Buffer.concat([this.#carried, this.#chunk.subarray(0, count)]);
    const end = bytes.lastIndexOf(0x0a);
    this.#carried = bytes.subarray(end + 1);
    this.#lines = end === -1 ? [] : bytes.toString('utf8', 0, end).split('\n');
    this.#at = 0;
    return true;
  }
}

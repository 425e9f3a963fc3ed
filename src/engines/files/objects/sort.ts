/** Objects of a listing in walk order: sorted runs lie on disk, so that no more than one is held. */
import { join } from 'node:path';
import type { IndexEntry } from '../index/entry.ts';
import { IndexReader, IndexWriter } from '../index/file.ts';
import { comparePaths } from '../tree/byte-path.ts';

/** Some 30 MB of entries. */
const runEntries = 50_000;

export interface SorterOptions {
  /** Takes the runs. */
  readonly folder: string;
  readonly runEntries?: number;
}

export class EntrySorter {
  readonly #folder: string;
  readonly #most: number;
  readonly #files: string[] = [];
  #run: IndexEntry[] = [];
  #count = 0;

  constructor({ folder, runEntries: most = runEntries }: SorterOptions) {
    this.#folder = folder;
    this.#most = most;
  }

  get count(): number {
    return this.#count;
  }

  add(entry: IndexEntry): void {
    this.#count++;
    this.#run.push(entry);
    if (this.#run.length >= this.#most) this.#spill();
  }

  /** All of them, once. */
  *sorted(): Generator<IndexEntry> {
    if (this.#files.length === 0) {
      yield* sortedRun(this.#run);
      return;
    }
    this.#spill();
    const runs = this.#files.map((file) => new IndexReader(file));
    for (let next = lowest(runs); next !== undefined; next = lowest(runs)) yield next;
    for (const run of runs) run.close();
  }

  #spill(): void {
    const file = join(this.#folder, `listed-${this.#files.length}`);
    const writer = new IndexWriter(file);
    for (const entry of sortedRun(this.#run)) writer.write(entry);
    writer.close();
    this.#files.push(file);
    this.#run = [];
  }
}

const sortedRun = (run: IndexEntry[]): IndexEntry[] =>
  run.sort((a, b) => comparePaths(a.path, b.path));

/** Taken from the run that has it. */
function lowest(runs: readonly IndexReader[]): IndexEntry | undefined {
  let from: IndexReader | undefined;
  let least: IndexEntry | undefined;
  for (const run of runs) {
    const head = run.peek();
    if (head === undefined || (least && comparePaths(head.path, least.path) > 0)) continue;
    [from, least] = [run, head];
  }
  return from?.next();
}

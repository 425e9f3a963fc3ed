/** Step `select`: what a restore takes, from which sets, and how much it is. */
import type { IndexEntry } from '../index/entry.ts';
import { IndexReader, IndexWriter } from '../index/file.ts';
import { type BytePath, bytesOf } from '../tree/byte-path.ts';
import { matcherOf } from '../tree/patterns.ts';
import { Selection } from '../tree/selection.ts';
import type { SelectJob } from './job.ts';
import { hasContents, isDevice } from './restorable.ts';
import type { SelectResult } from './result.ts';

const selectedKept = 100_000;

export function select(job: SelectJob): SelectResult {
  const tally = new Tally(job.set);
  if (job.only.length === 0) {
    for (const entry of new IndexReader(job.indexFile)) tally.add(entry);
    return tally.result([]);
  }
  const carriers = carriersOf(job);
  const chosen = new IndexWriter(job.selectionFile);
  const selection = new Selection<IndexEntry>(matcherOf(job.only));
  const take = (entry: IndexEntry) => {
    for (const way of selection.waysTo(entry.path)) chosen.write(way);
    chosen.write(entry);
  };
  for (const entry of new IndexReader(job.indexFile)) {
    if (selection.wants(entry)) {
      tally.add(entry);
      tally.selected(entry.path);
      take(entry);
    } else if (carriers.has(entry.path)) {
      tally.add(entry);
      take(entry);
    } else if (entry.type === 'directory') {
      selection.postpone(entry);
    }
  }
  chosen.close();
  return tally.result([...carriers]);
}

/** Files that are not selected themselves, but hold the contents of a selected hard link. */
function carriersOf(job: SelectJob): Set<BytePath> {
  const selection = new Selection<IndexEntry>(matcherOf(job.only));
  const selected = new Set<BytePath>();
  const needed = new Set<BytePath>();
  const heads = headPaths(job.indexFile);
  for (const entry of new IndexReader(job.indexFile)) {
    if (!selection.wants(entry)) continue;
    if (heads.has(entry.path)) selected.add(entry.path);
    if (entry.type === 'hardlink' && entry.target !== undefined) needed.add(entry.target);
  }
  return new Set([...needed].filter((path) => !selected.has(path)));
}

function headPaths(indexFile: string): Set<BytePath> {
  const heads = new Set<BytePath>();
  for (const entry of new IndexReader(indexFile)) {
    if (entry.type === 'hardlink' && entry.target !== undefined) heads.add(entry.target);
  }
  return heads;
}

class Tally {
  readonly #set: string;
  readonly #filesBySet: Record<string, number> = {};
  readonly #totals = { entries: 0, files: 0, bytes: 0, allocatedBytes: 0 };
  readonly #selected: string[] = [];
  #withoutContents = 0;
  #devices = 0;

  constructor(set: string) {
    this.#set = set;
  }

  add(entry: IndexEntry): void {
    this.#totals.entries++;
    if (isDevice(entry)) this.#devices++;
    if (!hasContents(entry)) this.#withoutContents++;
    if (entry.type !== 'file' || !hasContents(entry)) return;
    this.#totals.files++;
    this.#totals.bytes += entry.size;
    this.#totals.allocatedBytes += entry.allocated ?? entry.size;
    const set = entry.set ?? this.#set;
    this.#filesBySet[set] = (this.#filesBySet[set] ?? 0) + 1;
  }

  selected(path: BytePath): void {
    if (this.#selected.length < selectedKept) this.#selected.push(base64Of(path));
  }

  result(carriers: readonly BytePath[]): SelectResult {
    return {
      ...this.#totals,
      filesBySet: this.#filesBySet,
      withoutContents: this.#withoutContents,
      devices: this.#devices,
      selected: this.#selected,
      carriers: carriers.map(base64Of),
    };
  }
}

const base64Of = (path: BytePath): string => bytesOf(path).toString('base64');

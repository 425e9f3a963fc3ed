/** Objects in walk order as a tree: the directories that lead to them appear before them. */
import type { IndexEntry } from '../index/entry.ts';
import { type BytePath, comparePaths, parentOf, rootPath } from '../tree/byte-path.ts';

/** `files` are in walk order. An object that others lie below ends with `%`, and stands where that sorts. */
export function* treeOf(
  files: Iterable<IndexEntry>,
  directoryAt: (path: BytePath) => IndexEntry,
): Generator<IndexEntry> {
  let above: BytePath | undefined;
  for (const file of withoutClashes(files)) {
    const parent = parentOf(file.path);
    for (const directory of newOnes(parent, above)) yield directoryAt(directory);
    above = parent;
    yield file;
  }
}

/** Directories from the root to `parent` that do not lead to `above`. */
function newOnes(parent: BytePath, above: BytePath | undefined): BytePath[] {
  const found: BytePath[] = [];
  for (let at = parent; !leadsTo(at, above); at = parentOf(at)) {
    found.unshift(at);
    if (at === rootPath) break;
  }
  return found;
}

const leadsTo = (directory: BytePath, path: BytePath | undefined): boolean =>
  path !== undefined &&
  (directory === rootPath || path === directory || path.startsWith(`${directory}/`));

/** A name cannot be that of a file and of a directory. */
function* withoutClashes(files: Iterable<IndexEntry>): Generator<IndexEntry> {
  const waiting: IndexEntry[] = [];
  for (const [file, next] of pairs(files)) {
    yield* takeBefore(waiting, file.path);
    if (next?.path.startsWith(`${file.path}/`)) {
      waiting.push({ ...file, path: `${file.path}%` });
      waiting.sort((a, b) => comparePaths(a.path, b.path));
    } else {
      yield file;
    }
  }
  yield* waiting;
}

function* takeBefore(waiting: IndexEntry[], path: BytePath): Generator<IndexEntry> {
  for (let [first] = waiting; first !== undefined; [first] = waiting) {
    if (comparePaths(first.path, path) > 0) return;
    waiting.shift();
    yield first;
  }
}

/** Each with the one that follows. */
function* pairs<T>(items: Iterable<T>): Generator<readonly [T, T | undefined]> {
  let before: { readonly item: T } | undefined;
  for (const item of items) {
    if (before !== undefined) yield [before.item, item];
    before = { item };
  }
  if (before !== undefined) yield [before.item, undefined];
}

/** Patterns of a source on the tree of its keys. */
import type { IndexEntry } from '../index/entry.ts';
import { matcherOf, type PathMatcher } from '../tree/patterns.ts';
import { Selection } from '../tree/selection.ts';

interface Patterns {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** What the patterns leave, with the directories that lead there. */
export function* chosen(
  tree: Iterable<IndexEntry>,
  { include, exclude }: Patterns,
): Generator<IndexEntry> {
  const selection = new Selection<IndexEntry>(matcherOf(include));
  for (const entry of without(tree, matcherOf(exclude))) {
    if (selection.wants(entry)) {
      yield* selection.waysTo(entry.path);
      yield entry;
    } else if (entry.type === 'directory') {
      selection.postpone(entry);
    }
  }
}

function* without(tree: Iterable<IndexEntry>, excluded: PathMatcher): Generator<IndexEntry> {
  let left: string | undefined;
  for (const entry of tree) {
    const { path, type } = entry;
    if (left !== undefined && path.startsWith(`${left}/`)) continue;
    if (!excluded(path)) yield entry;
    else if (type === 'directory') left = path;
  }
}

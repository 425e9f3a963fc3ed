/** Patterns of a source on the tree of its keys. */
import { matcherOf, type PathMatcher } from '../tree/patterns.ts';
import { Selection } from '../tree/selection.ts';
import type { ObjectFacts } from './bucket.ts';
import type { Placed } from './keys.ts';

/** What the patterns leave, with the directories that lead there. */
export function* chosen(
  tree: Iterable<Placed<ObjectFacts>>,
  {
    include,
    exclude,
  }: { readonly include: readonly string[]; readonly exclude: readonly string[] },
): Generator<Placed<ObjectFacts>> {
  const selection = new Selection<Placed<ObjectFacts> & { readonly type: string }>(
    matcherOf(include),
  );
  for (const placed of without(tree, matcherOf(exclude))) {
    const isDirectory = placed.object === undefined;
    const candidate = { ...placed, type: isDirectory ? 'directory' : 'file' };
    if (selection.wants(candidate)) {
      yield* selection.waysTo(placed.path);
      yield placed;
    } else if (isDirectory) {
      selection.postpone(candidate);
    }
  }
}

function* without(
  tree: Iterable<Placed<ObjectFacts>>,
  excluded: PathMatcher,
): Generator<Placed<ObjectFacts>> {
  let left: string | undefined;
  for (const placed of tree) {
    const { path, object } = placed;
    if (left !== undefined && path.startsWith(`${left}/`)) continue;
    if (!excluded(path)) yield placed;
    else if (object === undefined) left = path;
  }
}

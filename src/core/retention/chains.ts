/** Which sets build on which. */
import type { BackupId } from '../backup-id.ts';
import type { Reason, RetainedSet } from './set.ts';

export type SetsById = ReadonlyMap<BackupId, RetainedSet>;

const parentOf = (set: RetainedSet | undefined, byId: SetsById): RetainedSet | undefined =>
  set && set.parent !== null ? byId.get(set.parent) : undefined;

/** The set's ancestors, nearest first; ends where one is missing or comes a second time. */
export function ancestors(set: RetainedSet, byId: SetsById): RetainedSet[] {
  const found = new Set<RetainedSet>();
  let parent = parentOf(set, byId);
  while (parent && parent !== set && !found.has(parent)) {
    found.add(parent);
    parent = parentOf(parent, byId);
  }
  return [...found];
}

/** True when the set and all it builds on are committed: only then can it be restored. */
export function isUsable(set: RetainedSet, byId: SetsById): boolean {
  const chain = [set, ...ancestors(set, byId)];
  return chain.at(-1)?.parent === null && chain.every(({ state }) => state === 'committed');
}

/** Every set that a kept one needs, however far back. */
export function* neededBy(kept: ReadonlySet<BackupId>, byId: SetsById): Generator<Reason> {
  const staying = new Set(kept);
  const pairs: { parent: BackupId; child: BackupId }[] = [];
  // A Set also visits what is added during the loop: the parents of parents.
  for (const child of staying) {
    const parent = parentOf(byId.get(child), byId)?.id;
    if (parent === undefined) continue;
    pairs.push({ parent, child });
    staying.add(parent);
  }
  for (const [parent, children] of Map.groupBy(pairs, (pair) => pair.parent)) {
    const [first, ...others] = children.map(({ child }) => child);
    yield [parent, `needed by ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`];
  }
}

/** Deepest first: a set goes before what it builds on; at one depth the oldest first, from newest first. */
export function removalOrder(sets: readonly RetainedSet[], byId: SetsById): RetainedSet[] {
  return sets
    .map((set) => ({ set, depth: ancestors(set, byId).length }))
    .reverse()
    .sort((a, b) => b.depth - a.depth)
    .map(({ set }) => set);
}

/** What stays whatever the policies say. */
import { isUsable, type SetsById } from './chains.ts';
import { minute } from './rules.ts';
import type { Reason, RetainedSet, RetentionInput } from './set.ts';

/** Holds, locks, and sets that are not retention's to remove. */
export function* keptByState(sets: SetsById, now: Date): Generator<Reason> {
  for (const set of sets.values()) {
    if (set.held !== undefined) yield [set.id, `held: ${set.held}`];
    if (set.lockedUntil && set.lockedUntil > now) {
      yield [set.id, `locked until ${minute(set.lockedUntil)}`];
    }
    const copy = whyAtCopy(set);
    if (copy) yield [set.id, copy];
    const fault = faultOf(set, sets);
    if (fault) yield [set.id, fault];
  }
}

function whyAtCopy({ mayBeLast, unproven }: RetainedSet): string | undefined {
  if (mayBeLast) return 'the primary has it damaged or cannot be read';
  return unproven ? 'no proof of it has passed: the primary may have no better one' : undefined;
}

function faultOf(set: RetainedSet, sets: SetsById): string | undefined {
  switch (set.state) {
    case 'uncommitted':
      return 'uncommitted: swept after its grace time';
    case 'damaged':
      return 'damaged: not counted, and not removed before someone has looked';
    case 'failed':
      return 'its last proof failed: not counted, and not removed before someone has looked';
    case 'removed':
      return undefined;
    case 'committed':
      return isUsable(set, sets)
        ? undefined
        : 'what it builds on is missing or damaged: not counted, and not removed before someone has looked';
  }
}

/** `usable` are newest first. */
export function* keptAsProof(
  usable: readonly RetainedSet[],
  { floor }: Pick<RetentionInput, 'floor'>,
): Generator<Reason> {
  const complete = usable.filter((set) => !set.partial);
  const verified = complete.filter((set) => set.verified);
  yield* first(usable, 'the newest set');
  yield* first(complete, 'the newest complete set');
  yield* first(
    usable.filter((set) => set.verified),
    'the newest verified set',
  );
  for (const [n, { id }] of verified.slice(0, floor).entries()) {
    yield [id, `verified ${n + 1} of the ${floor} that always stay`];
  }
  if (verified.length >= floor) return;
  for (const { id } of usable) {
    yield [
      id,
      `only ${verified.length} of at least ${floor} sets are verified: nothing is removed`,
    ];
  }
}

function* first(sets: readonly RetainedSet[], reason: string): Generator<Reason> {
  const [newest] = sets;
  if (newest) yield [newest.id, reason];
}

/** What the `keep` of one policy keeps of its own sets. */
import { backupTime } from '../backup-id.ts';
import type { Keep } from '../config/source.ts';
import { durationSeconds } from '../config/values.ts';
import { type Period, periodOf, periods } from './periods.ts';
import type { Reason, RetainedSet } from './set.ts';

interface PolicyRules {
  /** Usable sets of the policy, newest first. */
  readonly sets: readonly RetainedSet[];
  readonly keep: Keep;
  readonly timezone: string;
  /** From where ages are counted. */
  readonly reference: Date;
}

export function* keptByRules(rules: PolicyRules): Generator<Reason> {
  yield* keptByLast(rules);
  yield* keptByAge(rules);
  for (const period of periods) yield* keptByPeriod(period, rules);
}

/** Partial sets do not take the place of complete ones: they stay only while nothing complete follows. */
function* keptByLast({ sets, keep: { last } }: PolicyRules): Generator<Reason> {
  if (last === undefined) return;
  const complete = sets.filter((set) => !set.partial);
  const newestComplete = complete[0];
  const partial = sets.slice(0, newestComplete ? sets.indexOf(newestComplete) : sets.length);
  for (const [n, set] of complete.slice(0, last).entries()) {
    yield [set.id, `last ${n + 1} of ${last}`];
  }
  for (const set of partial.slice(0, last)) {
    yield [set.id, 'partial, and no complete set of its policy is newer'];
  }
}

function* keptByAge({ sets, keep: { within }, reference }: PolicyRules): Generator<Reason> {
  if (within === undefined) return;
  const oldest = reference.getTime() - durationSeconds(within) * 1000;
  for (const { id } of sets) {
    if (backupTime(id).getTime() >= oldest) {
      yield [id, `within ${within} before ${minute(reference)}`];
    }
  }
}

/**
 * One set for each of the newest N periods that have a complete one: the newest verified, else the
 * newest complete. Periods are counted by the sets there are, not by the clock. A period with partial
 * sets only keeps the newest of them, without using up one of the N; at most N such.
 */
function* keptByPeriod(period: Period, { sets, keep, timezone }: PolicyRules): Generator<Reason> {
  const wanted = keep[period];
  if (wanted === undefined) return;
  const counts = { complete: 0, partial: 0 };
  const grouped = Map.groupBy(sets, (set) => periodOf(period, backupTime(set.id), timezone));
  for (const [name, members] of grouped) {
    if (counts.complete >= wanted) return;
    const set = best(members);
    const quality = set.partial ? 'partial' : 'complete';
    counts[quality] += 1;
    if (counts[quality] > wanted) continue;
    const number = `${period} ${counts[quality]} of ${wanted}`;
    yield [set.id, `${number}${set.partial ? ', partial' : ''} (${name})`];
  }
}

/** `members` are newest first and at least one. */
function best(members: readonly RetainedSet[]): RetainedSet {
  const rank = (set: RetainedSet) => Number(!set.partial) * 2 + Number(set.verified);
  return members.reduce((chosen, set) => (rank(set) > rank(chosen) ? set : chosen));
}

/** `2026-11-21 02:00 UTC`. */
export const minute = (time: Date): string =>
  `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

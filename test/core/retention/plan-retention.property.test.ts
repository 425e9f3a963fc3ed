/** Whatever the sets, policies, holds, locks and clock. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BackupId, mintBackupId } from '../../../src/core/backup-id.ts';
import type { Keep } from '../../../src/core/config/source.ts';
import {
  planRetention,
  type RetainedSet,
  type RetentionInput,
} from '../../../src/core/retention/index.ts';

const policyNames = ['hourly', 'daily', 'deploy', 'gone'] as const;
const start = Date.UTC(2026, 9, 20);
/** Around a clock change, dense enough for shared periods, with some sets years ahead. */
const time = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 40 * 24 * 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 * 365 * 24 * 60 }) },
);
const amount = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
const keep: fc.Arbitrary<Keep> = fc.record({
  last: amount,
  within: fc.constantFrom(undefined, '30m', '36h', '9d'),
  hourly: amount,
  daily: amount,
  weekly: amount,
  monthly: amount,
  yearly: amount,
});

const drafts = fc.array(
  fc.record({
    minutes: time,
    policy: fc.constantFrom(...policyNames),
    /** Index of the set it builds on, by creation; beyond the list: a set that is not there. */
    parent: fc.option(fc.nat({ max: 25 }), { nil: undefined, freq: 2 }),
    partial: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    state: fc.constantFrom<RetainedSet['state'][]>(
      ...([
        'committed',
        'committed',
        'committed',
        'committed',
        'uncommitted',
        'damaged',
        'failed',
        'removed',
      ] as const),
    ),
    verified: fc.boolean(),
    held: fc.option(fc.constant('audit'), { nil: undefined, freq: 6 }),
    lockedDays: fc.option(fc.integer({ min: -5, max: 40 }), { nil: undefined, freq: 6 }),
  }),
  { maxLength: 24 },
);

const sets: fc.Arbitrary<RetainedSet[]> = drafts.map((list) => {
  const ids = list.map(({ minutes, policy }, n) =>
    mintBackupId(new Date(start + minutes * 60_000), policy, n.toString(16).padStart(8, '0')),
  );
  const missing = mintBackupId(new Date(start), 'daily', 'ffffffff');
  return list.map(({ parent, lockedDays, minutes: _, ...rest }, n) => ({
    ...rest,
    id: ids[n] ?? missing,
    parent: parent === undefined ? null : (ids[parent] ?? missing),
    lockedUntil: lockedDays === undefined ? undefined : new Date(start + lockedDays * 86_400_000),
  }));
});

const input: fc.Arbitrary<RetentionInput> = fc.record({
  sets,
  policies: fc.record({
    hourly: fc.record({
      timezone: fc.constant('Europe/Paris'),
      keep: fc.option(keep, { nil: undefined }),
    }),
    daily: fc.record({ timezone: fc.constant('America/St_Johns'), keep }),
    deploy: fc.record({ timezone: fc.constant('UTC'), keep: keep }),
  }),
  keep: fc.option(keep, { nil: undefined, freq: 4 }),
  floor: fc.integer({ min: 1, max: 4 }),
  now: fc.integer({ min: -400, max: 4000 }).map((days) => new Date(start + days * 86_400_000)),
});

function whatever(check: (input: RetentionInput, kept: ReadonlySet<BackupId>) => void): void {
  fc.assert(
    fc.property(input, (each) => {
      check(each, new Set(planRetention(each).keep.map(({ id }) => id)));
    }),
    { numRuns: 400 },
  );
}

const byId = (list: readonly RetainedSet[]) => new Map(list.map((set) => [set.id, set]));

/** Written apart from the code under test: every set of the chain is there and committed, down to a full. */
function restorable(set: RetainedSet, all: ReadonlyMap<BackupId, RetainedSet>): boolean {
  let current: RetainedSet | undefined = set;
  for (let steps = 0; steps <= all.size && current; steps += 1) {
    if (current.state !== 'committed') return false;
    if (current.parent === null) return true;
    current = all.get(current.parent);
  }
  return false;
}

const newestFirst = (list: readonly RetainedSet[]) =>
  list.toSorted((a, b) => (a.id < b.id ? 1 : -1));

describe('whatever the sets, policies, holds, locks and clock', () => {
  test('no base of a kept child goes', () => {
    whatever(({ sets }, kept) => {
      const all = byId(sets);
      const needed = sets.filter(({ id }) => kept.has(id)).flatMap(({ parent }) => parent ?? []);
      expect(needed.filter((id) => all.has(id) && !kept.has(id))).toEqual([]);
    });
  });

  test('the newest set, the newest verified and the newest verified complete set stay', () => {
    whatever(({ sets }, kept) => {
      const good = newestFirst(sets.filter((set) => restorable(set, byId(sets))));
      const verified = good.filter((set) => set.verified);
      const protectedSets = [good[0], verified[0], verified.find((set) => !set.partial)];
      const ids = protectedSets.flatMap((set) => (set ? [set.id] : []));
      expect(ids.filter((id) => !kept.has(id))).toEqual([]);
    });
  });

  test('never fewer verified sets than the floor, or none removed', () => {
    whatever(({ sets, floor }, kept) => {
      const verified = sets.filter(
        (set) => restorable(set, byId(sets)) && set.verified && !set.partial,
      );
      const left = verified.filter(({ id }) => kept.has(id)).length;
      const removable = sets.filter(({ state, id }) => state === 'committed' && !kept.has(id));
      expect(left >= floor || removable.length === 0).toBe(true);
    });
  });

  test('held and locked sets stay', () => {
    whatever(({ sets, now }, kept) => {
      const bound = sets.filter(
        ({ held, lockedUntil }) => held !== undefined || (lockedUntil && lockedUntil > now),
      );
      expect(bound.filter(({ id }) => !kept.has(id))).toEqual([]);
    });
  });

  test('sets of an unknown policy, damaged ones and uncommitted ones stay', () => {
    whatever(({ sets }, kept) => {
      const foreign = sets.filter(
        ({ policy, state }) => state !== 'removed' && (policy === 'gone' || state !== 'committed'),
      );
      expect(foreign.filter(({ id }) => !kept.has(id))).toEqual([]);
    });
  });

  test('each set is decided once, with a reason in one line', () => {
    whatever((each) => {
      const plan = planRetention(each);
      const decided = [...plan.keep, ...plan.remove];
      expect(decided.map(({ id }) => id).sort()).toEqual(each.sets.map(({ id }) => id).sort());
      expect(decided.filter(({ reasons }) => reasons.length === 0)).toEqual([]);
      expect(
        decided.flatMap(({ reasons }) => reasons).filter((text) => /\n|^$/.test(text)),
      ).toEqual([]);
    });
  });

  test('what builds on a set is removed before it', () => {
    whatever((each) => {
      const order = planRetention(each).remove.map(({ id }) => id);
      const all = byId(each.sets);
      const wrong = order.filter((id, n) => {
        const parent = all.get(id)?.parent;
        return parent && restorableOrTree(all, id) && order.slice(0, n).includes(parent);
      });
      expect(wrong).toEqual([]);
    });
  });

  test('applied a second time it removes nothing more', () => {
    whatever((each, kept) => {
      const left = each.sets.filter(({ id }) => kept.has(id));
      expect(planRetention({ ...each, sets: left }).remove).toEqual([]);
    });
  });

  test('a hold never makes another set go', () => {
    fc.assert(
      fc.property(input, fc.nat(), (each, index) => {
        const held = each.sets.map((set, n) =>
          n === index % each.sets.length ? { ...set, held: 'audit' } : set,
        );
        const before = new Set(planRetention(each).keep.map(({ id }) => id));
        const after = planRetention({ ...each, sets: held }).remove.map(({ id }) => id);
        expect(after.filter((id) => before.has(id))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('the order in which sets are listed does not matter', () => {
    whatever((each) => {
      expect(planRetention({ ...each, sets: each.sets.toReversed() })).toEqual(planRetention(each));
    });
  });
});

/** False where the chain of parents runs in a circle: then no order is right. */
function restorableOrTree(all: ReadonlyMap<BackupId, RetainedSet>, id: BackupId): boolean {
  const seen = new Set<BackupId>();
  for (let current = all.get(id); current; current = all.get(current.parent ?? id)) {
    if (current.parent === null) return true;
    if (seen.has(current.id)) return false;
    seen.add(current.id);
  }
  return true;
}

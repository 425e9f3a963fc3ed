import { describe, expect, test } from 'vitest';
import type { Keep } from '../../../src/core/config/source.ts';
import { planRetention, type RetainedSet } from '../../../src/core/retention/index.ts';
import { dailySets, days, inputOf, nth, reasonsFor, setAt } from './sets.ts';

const withKeep = (keep: Keep, timezone = 'UTC') => ({ policies: { daily: { timezone, keep } } });

describe('calendar periods', () => {
  test('keeps one set for each of the newest days, the newest of its day', () => {
    const early = dailySets('2026-11-21', 10);
    const late = early.map((set) =>
      setAt(`${set.id.slice(0, 4)}-${set.id.slice(4, 6)}-${set.id.slice(6, 8)}T14:00:00Z`),
    );
    const plan = planRetention(inputOf([...early, ...late], withKeep({ daily: 3 })));
    expect(plan.keep.map(({ id }) => id)).toEqual(
      late
        .slice(-3)
        .reverse()
        .map(({ id }) => id),
    );
    expect(plan.remove).toHaveLength(17);
  });

  test('counts days that have sets, so that a pause removes nothing', () => {
    const sets = dailySets('2026-08-01', 7);
    const plan = planRetention(inputOf(sets, { now: new Date('2027-11-21T00:00:00Z') }));
    expect(plan.remove).toEqual([]);
  });

  test('daily, weekly and monthly add up', () => {
    const sets = dailySets('2026-11-21', 120);
    const plan = planRetention(inputOf(sets, withKeep({ daily: 3, weekly: 3, monthly: 4 })));
    expect(days(plan.keep)).toEqual([
      '1121',
      '1120',
      '1119',
      '1115',
      '1108',
      '1031',
      '0930',
      '0831',
    ]);
  });

  test('a day is a day of the policy’s own time zone', () => {
    const sets = [setAt('2026-11-20T22:30:00Z'), setAt('2026-11-20T23:30:00Z')];
    const inParis = planRetention(inputOf(sets, withKeep({ daily: 2 }, 'Europe/Paris')));
    const inUtc = planRetention(inputOf(sets, withKeep({ daily: 2 })));
    expect([inParis.remove.length, inUtc.remove.length]).toEqual([0, 1]);
  });

  test('a verified set stands for its day rather than a newer unverified one', () => {
    const [verified, newer] = [
      setAt('2026-11-10T02:00:00Z'),
      setAt('2026-11-10T14:00:00Z', { verified: false }),
    ];
    const plan = planRetention(inputOf([verified, newer, ...dailySets('2026-11-21', 3)]));
    expect(reasonsFor(plan, verified.id)).toEqual(['daily 4 of 7 (2026-11-10)']);
    expect(plan.remove.map(({ id }) => id)).toEqual([newer.id]);
  });

  test('a partial set never stands for a day that has a complete one', () => {
    const [complete, partial] = [
      setAt('2026-11-10T02:00:00Z', { verified: false }),
      setAt('2026-11-10T14:00:00Z', { partial: true }),
    ];
    const plan = planRetention(inputOf([complete, partial, ...dailySets('2026-11-21', 3)]));
    expect(plan.remove.map(({ id }) => id)).toEqual([partial.id]);
  });

  test('days with partial sets only do not use up the days of complete ones', () => {
    const complete = dailySets('2026-11-10', 10);
    const partial = dailySets('2026-11-21', 10, { partial: true });
    const plan = planRetention(inputOf([...complete, ...partial], withKeep({ daily: 4 })));
    expect(days(plan.keep)).toEqual([
      '1121',
      '1120',
      '1119',
      '1118',
      '1110',
      '1109',
      '1108',
      '1107',
    ]);
    expect(reasonsFor(plan, nth(partial, 8).id)).toEqual(['daily 2 of 4, partial (2026-11-20)']);
  });
});

describe('last', () => {
  test('keeps the newest complete sets, and partial ones while nothing complete is newer', () => {
    const sets = [
      ...dailySets('2026-11-15', 5),
      setAt('2026-11-16T02:00:00Z', { partial: true }),
      setAt('2026-11-17T02:00:00Z'),
      setAt('2026-11-18T02:00:00Z', { partial: true }),
    ];
    const plan = planRetention(inputOf(sets, withKeep({ last: 2 })));
    expect(days(plan.keep)).toEqual(['1118', '1117', '1115']);
  });

  test('with partial sets alone nothing goes, since none of them is proof', () => {
    const plan = planRetention(
      inputOf(dailySets('2026-11-21', 5, { partial: true }), withKeep({ last: 2 })),
    );
    expect(plan.remove).toEqual([]);
    expect(reasonsFor(plan, nth(plan.keep, 1).id)).toEqual([
      'only 0 of at least 1 sets are verified: nothing is removed',
      'partial, and no complete set of its policy is newer',
    ]);
  });
});

describe('within', () => {
  const within = withKeep({ within: '48h' });

  test('keeps what is younger than that', () => {
    const plan = planRetention(inputOf(dailySets('2026-11-21', 6), within));
    expect(days(plan.keep)).toEqual(['1121', '1120', '1119']);
    expect(reasonsFor(plan, nth(plan.keep, 1).id)).toEqual([
      'within 48h before 2026-11-21 02:00 UTC',
    ]);
  });

  test('counts from the newest verified set when backups stopped long ago', () => {
    const plan = planRetention(inputOf(dailySets('2026-08-21', 6), within));
    expect(days(plan.keep)).toEqual(['0821', '0820', '0819']);
  });

  test('a clock that ran ahead does not age sets away', () => {
    const sets = dailySets('2026-11-21', 3);
    const plan = planRetention(inputOf(sets, { ...within, now: new Date('2036-01-01T00:00:00Z') }));
    expect(plan.remove).toEqual([]);
  });

  test('sets from the future do not age the others away', () => {
    const future = setAt('2030-01-01T00:00:00Z');
    const plan = planRetention(inputOf([...dailySets('2026-11-20', 2), future], within));
    expect(plan.remove).toEqual([]);
  });

  test('an unverified newest set does not move the age on', () => {
    const unverified = setAt('2026-11-21T02:00:00Z', { verified: false });
    const plan = planRetention(inputOf([...dailySets('2026-11-17', 3), unverified], within));
    expect(plan.remove).toEqual([]);
  });
});

describe('what always stays', () => {
  test('the newest set, though it is neither verified nor kept by a rule', () => {
    const newest = setAt('2026-11-21T02:30:00Z', { verified: false, partial: true });
    const plan = planRetention(
      inputOf([...dailySets('2026-11-21', 2), newest], withKeep({ daily: 1 })),
    );
    expect(reasonsFor(plan, newest.id)).toEqual(['the newest set']);
  });

  test('the newest verified set, however old', () => {
    const verified = setAt('2025-01-01T00:00:00Z');
    const sets = [verified, ...dailySets('2026-11-21', 9, { verified: false })];
    const plan = planRetention(inputOf(sets, withKeep({ daily: 1 })));
    expect(reasonsFor(plan, verified.id)).toEqual([
      'the newest verified set',
      'verified 1 of the 1 that always stay',
    ]);
    expect(plan.remove).toHaveLength(8);
  });

  test('the newest verified sets, as many as the floor', () => {
    const plan = planRetention(
      inputOf(dailySets('2026-11-21', 9), { ...withKeep({ last: 1 }), floor: 4 }),
    );
    expect(days(plan.keep)).toEqual(['1121', '1120', '1119', '1118']);
  });

  test('everything, while fewer are verified than the floor', () => {
    const sets = [
      ...dailySets('2026-11-10', 2),
      ...dailySets('2026-11-21', 9, { verified: false }),
    ];
    const plan = planRetention(inputOf(sets, { ...withKeep({ last: 1 }), floor: 3 }));
    expect(plan.remove).toEqual([]);
    expect(reasonsFor(plan, nth(sets, 4).id)).toEqual([
      'only 2 of at least 3 sets are verified: nothing is removed',
    ]);
  });

  test('held and locked sets; a lock that has ended does not count', () => {
    const sets = dailySets('2026-11-21', 4);
    const [a, b, c, d] = [0, 1, 2, 3].map((n) => nth(sets, n)) as [
      RetainedSet,
      RetainedSet,
      RetainedSet,
      RetainedSet,
    ];
    const plan = planRetention(
      inputOf(
        [
          { ...a, held: 'audit 2026' },
          { ...b, lockedUntil: new Date('2026-11-28T02:00:00Z') },
          { ...c, lockedUntil: new Date('2026-11-20T02:00:00Z') },
          d,
        ],
        withKeep({ last: 1 }),
      ),
    );
    expect(reasonsFor(plan, a.id)).toEqual(['held: audit 2026']);
    expect(reasonsFor(plan, b.id)).toEqual(['locked until 2026-11-28 02:00 UTC']);
    expect(days(plan.remove)).toEqual(['1120']);
  });

  test('every set of a policy without keep, or that left the configuration', () => {
    const sets = [
      ...dailySets('2026-11-21', 3, { policy: 'deploy' }),
      ...dailySets('2026-11-20', 3, { policy: 'constructor' }),
    ];
    const plan = planRetention(inputOf(sets, { policies: { deploy: { timezone: 'UTC' } } }));
    expect(plan.remove).toEqual([]);
    expect(reasonsFor(plan, nth(sets, 0).id)).toEqual([
      'policy deploy has no keep: its sets all stay',
    ]);
    expect(reasonsFor(plan, nth(sets, 3).id)).toEqual([
      'policy constructor is not in the configuration: its sets all stay',
    ]);
  });
});

test('a destination’s own retention takes the place of each policy’s', () => {
  const plan = planRetention(
    inputOf(dailySets('2026-11-21', 9), { ...withKeep({ daily: 9 }), keep: { last: 2 } }),
  );
  expect(plan.keep).toHaveLength(2);
  expect(plan.remove[0]?.reasons).toEqual(['no rule of policy daily keeps it (last 2)']);
});

describe('chains', () => {
  test('a base stays as long as a kept set builds on it, however far', () => {
    const full = setAt('2026-11-01T02:00:00Z');
    const middle = setAt('2026-11-02T02:00:00Z', { parent: full.id });
    const children = ['2026-11-20', '2026-11-21'].map((day) =>
      setAt(`${day}T02:00:00Z`, { parent: middle.id }),
    );
    const old = setAt('2026-10-01T02:00:00Z');
    const plan = planRetention(inputOf([old, full, middle, ...children], withKeep({ last: 2 })));
    expect(plan.remove.map(({ id }) => id)).toEqual([old.id]);
    expect(reasonsFor(plan, full.id)).toEqual([`needed by ${middle.id}`]);
    expect(reasonsFor(plan, middle.id)).toEqual([`needed by ${children[1]?.id} and 1 more`]);
  });

  test('what builds on a set goes before it', () => {
    const full = setAt('2026-11-03T02:00:00Z');
    const child = setAt('2026-11-02T02:00:00Z', { parent: full.id });
    const grandchild = setAt('2026-11-01T02:00:00Z', { parent: child.id });
    const plan = planRetention(
      inputOf([setAt('2026-11-21T02:00:00Z'), full, child, grandchild], withKeep({ last: 1 })),
    );
    expect(plan.remove.map(({ id }) => id)).toEqual([grandchild.id, child.id, full.id]);
  });

  test('a set whose base is missing, damaged or its own descendant is neither counted nor removed', () => {
    const sets = dailySets('2026-11-21', 2);
    const damaged = setAt('2026-11-22T02:00:00Z', { state: 'damaged' });
    const orphan = setAt('2026-11-23T02:00:00Z', { parent: setAt('2026-01-01T00:00:00Z').id });
    const onDamaged = setAt('2026-11-24T02:00:00Z', { parent: damaged.id });
    const loop = setAt('2026-11-25T02:00:00Z');
    const looped = { ...loop, parent: loop.id };
    const plan = planRetention(
      inputOf([...sets, damaged, orphan, onDamaged, looped], withKeep({ last: 1 })),
    );
    expect(days(plan.remove)).toEqual(['1120']);
    expect(reasonsFor(plan, damaged.id)).toEqual([
      'damaged: not counted, and not removed before someone has looked',
      `needed by ${onDamaged.id}`,
    ]);
    expect(reasonsFor(plan, orphan.id)).toEqual([
      'what it builds on is missing or damaged: not counted, and not removed before someone has looked',
    ]);
  });
});

test('uncommitted sets wait for the sweep; a removal that had begun is finished', () => {
  const uncommitted = setAt('2026-11-21T02:30:00Z', { state: 'uncommitted', verified: false });
  const removed = setAt('2026-11-21T02:20:00Z', { state: 'removed' });
  const plan = planRetention(inputOf([...dailySets('2026-11-21', 2), uncommitted, removed]));
  expect(reasonsFor(plan, uncommitted.id)).toEqual(['uncommitted: swept after its grace time']);
  expect(plan.remove).toEqual([
    { id: removed.id, policy: 'daily', reasons: ['its removal had begun, and is finished now'] },
  ]);
});

test('at a copy stays what may be the last good one, and what no proof has passed of', () => {
  const last = setAt('2026-10-01T02:00:00Z', { mayBeLast: true });
  const unproven = setAt('2026-10-02T02:00:00Z', { verified: false, unproven: true });
  const other = setAt('2026-10-03T02:00:00Z');
  const keep = { last: 2 };
  const sets = [...dailySets('2026-11-21', 4), last, unproven, other];
  const plan = planRetention(inputOf(sets, { keep, floor: 1 }));
  expect(reasonsFor(plan, last.id)).toEqual(['the primary has it damaged or cannot be read']);
  expect(reasonsFor(plan, unproven.id)).toEqual([
    'no proof of it has passed: the primary may have no better one',
  ]);
  expect(plan.remove.map(({ id }) => id)).toContain(other.id);
});

test('no sets: nothing to decide', () => {
  expect(planRetention(inputOf([]))).toEqual({ keep: [], remove: [] });
});

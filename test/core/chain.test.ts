import { expect, test } from 'vitest';
import { type BackupId, parseBackupId } from '../../src/core/backup-id.ts';
import { type ChainSet, decideChain } from '../../src/core/chain.ts';

const id = (day: number, hour = 2) =>
  parseBackupId(
    `202611${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}0003Z-daily-00000000`,
  );
const set = (day: number, parent: BackupId | null, more: Partial<ChainSet> = {}): ChainSet => ({
  id: id(day),
  policy: 'daily',
  engine: 'files',
  parent,
  partial: false,
  ...more,
});
const decide = (sets: readonly ChainSet[], now: string, full?: string) =>
  decideChain({ sets, policy: 'daily', engine: 'files', full, now: new Date(now) });

test('nothing to build on takes a full', () => {
  expect(decide([], '2026-11-02T02:00:00Z').kind).toBe('full');
});

test.for([
  [undefined, '2026-11-08T00:30:00Z', 'incremental'],
  [undefined, '2026-11-08T02:00:01Z', 'full'],
  ['daily', '2026-11-02T02:00:01Z', 'full'],
  ['daily', '2026-11-01T20:00:00Z', 'incremental'],
  ['monthly', '2026-11-30T00:00:00Z', 'incremental'],
  ['monthly', '2026-12-01T02:00:00Z', 'full'],
  ['48h', '2026-11-03T02:00:00Z', 'full'],
  ['10m', '2026-11-01T02:08:00Z', 'incremental'],
  ['10m', '2026-11-01T02:09:30Z', 'full'],
] as const)('full: %s, base of 1 November, at %s: %s', ([full, now, kind]) => {
  expect(decide([set(1, null)], now, full).kind).toBe(kind);
});

test('the age is that of the base, the parent is the newest', () => {
  const sets = [set(1, null), set(2, id(1)), set(3, id(2))];
  expect(decide(sets, '2026-11-04T02:00:00Z')).toMatchObject({ parent: id(3) });
  expect(decide(sets.toReversed(), '2026-11-04T02:00:00Z')).toMatchObject({ parent: id(3) });
  expect(decide(sets, '2026-11-08T02:00:00Z')).toMatchObject({ kind: 'full' });
});

test('partial sets, other policies and other engines are passed over', () => {
  const sets = [
    set(1, null),
    set(2, id(1), { partial: true }),
    set(3, null, { policy: 'hourly' }),
    set(4, null, { engine: 'tar' }),
  ];
  expect(decide(sets, '2026-11-05T02:00:00Z')).toMatchObject({ parent: id(1) });
});

test('a chain with a hole is not built upon', () => {
  expect(decide([set(2, id(1))], '2026-11-03T02:00:00Z')).toMatchObject({
    kind: 'full',
    reason: expect.stringContaining('is not whole'),
  });
});

test('a chain that goes round in a circle is not built upon', () => {
  const sets = [set(1, id(2)), set(2, id(1))];
  expect(decide(sets, '2026-11-03T02:00:00Z').kind).toBe('full');
});

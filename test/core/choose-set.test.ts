import { describe, expect, it } from 'vitest';
import { parseBackupId } from '../../src/core/backup-id.ts';
import { chooseSet, type SetCandidate } from '../../src/core/choose-set.ts';
import { IntegrityError, UsageError } from '../../src/core/errors.ts';

const id = (day: number) =>
  parseBackupId(`202611${String(day).padStart(2, '0')}T020000Z-daily-00000000`);
const set = (day: number, rest: Partial<SetCandidate> = {}): SetCandidate => ({
  id: id(day),
  committed: true,
  partial: false,
  ...rest,
});
const damaged = (day: number): SetCandidate =>
  set(day, {
    committed: false,
    problem: new IntegrityError(`sets/orders/${id(day)}/manifest.json is damaged`, {
      code: 'OBJECT_DAMAGED',
    }),
  });
const choose = (candidates: SetCandidate[], at: string) => chooseSet('orders', candidates, at);

describe('chooseSet', () => {
  it('takes the newest whole set for "latest"', () => {
    const candidates = [set(3), set(1), set(5, { partial: true }), set(4, { committed: false })];
    expect(choose(candidates, 'latest')).toEqual({ id: id(3), partial: false });
  });

  it.each([
    ['2026-11-02T02:00:00Z', 2],
    ['2026-11-02 02:00:00', 2],
    ['2026-11-02T01:59:59Z', 1],
    ['2026-11-02', 2],
    ['2026-11-02T03:00:00+01:00', 2],
  ])('takes the newest not after %s', (at, day) => {
    expect(choose([set(1), set(2), set(3)], at).id).toBe(id(day));
  });

  it('takes a partial set by its id, and says so', () => {
    expect(choose([set(1, { partial: true })], id(1))).toEqual({ id: id(1), partial: true });
  });

  it('never falls back behind a damaged set by itself', () => {
    expect(() => choose([set(1), damaged(2)], 'latest')).toThrow(IntegrityError);
    expect(() => choose([set(1), damaged(2)], 'latest')).toThrow(/manifest.json is damaged/);
    expect(() => choose([damaged(2)], 'latest')).toThrow(IntegrityError);
    expect(() => choose([set(1), damaged(2)], id(2))).toThrow(IntegrityError);
  });

  it('does not mind damage that is older than what is chosen, or newer than the time asked for', () => {
    expect(choose([damaged(1), set(2)], 'latest').id).toBe(id(2));
    expect(choose([set(1), damaged(2)], '2026-11-01').id).toBe(id(1));
    expect(choose([set(1), damaged(2)], id(1)).id).toBe(id(1));
  });

  it.each([
    ['latest', [], /no whole set/],
    ['latest', [set(1, { partial: true })], /1 partial/],
    ['2026-10-01', [set(1)], /as old as 2026-10-01/],
    [id(9), [set(1)], /there is no/],
    [id(1), [set(1, { committed: false })], /never committed/],
    ['yesterday', [set(1)], /neither/],
    ['2026-99-99', [set(1)], /neither/],
  ])('refuses %s with a reason', (at, candidates, reason) => {
    expect(() => choose([...candidates], at)).toThrow(UsageError);
    expect(() => choose([...candidates], at)).toThrow(reason);
  });
});

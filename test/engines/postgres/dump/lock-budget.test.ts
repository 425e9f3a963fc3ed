import { expect, test } from 'vitest';
import { parallelLockers } from '../../../../src/engines/postgres/dump/lock-budget.ts';

const capacity = { relations: 6000, perTransaction: 64 };

test.each([
  [{ tables: 100, sequences: 100 }, 2],
  [{ tables: 3900, sequences: 300 }, 2],
  [{ tables: 4500, sequences: 0 }, 1],
])('%j allow %i programs at once', (need, programs) => {
  expect(parallelLockers(need, capacity)).toBe(programs);
});

test('says what to set when there is no room', () => {
  expect(() => parallelLockers({ tables: 6000, sequences: 6000 }, capacity)).toThrow(
    expect.objectContaining({
      code: 'TOO_MANY_LOCKS',
      hint: 'ALTER SYSTEM SET max_locks_per_transaction = 167; then restart the server',
    }),
  );
});

import { expect, it } from 'vitest';
import { fenced, isFenced, unfenced } from '../../../../src/engines/redis/failover/fence-mark.ts';
import { distanceBytes } from '../../../../src/engines/redis/failover/position.ts';

it.each([
  { replicas: 0, maxLag: 10 },
  { replicas: 2, maxLag: 0 },
])(
  'a fence of $replicas and $maxLag shuts the gate, may be put up twice, and leaves what was there',
  (gate) => {
    const shut = fenced(gate);
    expect(isFenced(shut)).toBe(true);
    expect(shut.maxLag).toBeGreaterThan(0);
    expect(shut.replicas).toBeLessThanOrEqual(2 ** 31 - 1);
    expect(fenced(shut)).toEqual(shut);
    expect(unfenced(shut)).toEqual(gate);
    expect(unfenced(gate)).toEqual(gate);
  },
);

it('positions of two histories are not compared', () => {
  const [one, two] = ['a'.repeat(40), 'b'.repeat(40)];
  expect(distanceBytes(`${one}:5`, `${one}:12`)).toBe(7);
  expect(distanceBytes(`${one}:12`, `${one}:5`)).toBe(-7);
  expect(distanceBytes(`${one}:5`, `${two}:5`)).toBeNull();
  expect(distanceBytes('', `${one}:5`)).toBeNull();
});

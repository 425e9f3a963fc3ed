import { expect, it } from 'vitest';
import { median } from '../../src/core/median.ts';

it('is the middle value, and lies between two where their number is even', () => {
  expect(median([7])).toBe(7);
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

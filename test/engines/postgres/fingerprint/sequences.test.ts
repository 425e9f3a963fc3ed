import { expect, test } from 'vitest';
import { isWithin } from '../../../../src/engines/postgres/fingerprint/sequences.ts';

test.each([
  ['5', '5', '5', true],
  ['5', '4', '9', true],
  ['3', '4', '9', false],
  ['10', '4', '9', false],
  ['-6', '-3', '-9', true],
  ['0.5', '0.5', '7', true],
  ['0.5', '1', '7', false],
  ['9223372036854775807', '9223372036854775807', '9223372036854775807', true],
])('%s between %s and %s is %s', (position, before, after, expected) => {
  expect(isWithin(position, { before, after })).toBe(expected);
});

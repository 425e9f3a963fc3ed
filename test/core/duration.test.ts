import { expect, test } from 'vitest';
import { durationText, sizeText } from '../../src/core/duration.ts';

test.each([
  [0, '0s'],
  [0.9, '0s'],
  [-5, '0s'],
  [59, '59s'],
  [60, '1m'],
  [61, '1m 1s'],
  [3600, '1h'],
  [3661, '1h 1m'],
  [86_400 * 2 + 60, '2d'],
  [86_400 * 2 + 4 * 3600 + 59, '2d 4h'],
])('%d seconds read %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1.5 * 1024 ** 3, '1.5 GiB'],
  [3000 * 1024 ** 4, '3000.0 TiB'],
])('%d bytes read %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

import { describe, expect, test } from 'vitest';
import { parseSize, parseTiers } from '../../../src/core/cost/options.ts';
import { parseKeep } from '../../../src/core/cost/parse-keep.ts';

describe('retention', () => {
  test.each([
    ['daily=30,weekly=12', { keep: { daily: 30, weekly: 12 } }],
    ['within=48h', { keep: { within: '48h' } }],
    ['hourly:last=20, within=2d', { policy: 'hourly', keep: { last: 20, within: '2d' } }],
  ])('%s', (text, change) => {
    expect(parseKeep(text)).toEqual(change);
  });

  test.each([
    '',
    'daily',
    'daily=',
    'daily=0',
    'daily=1.5',
    'dayly=3',
    'within=2',
    'daily=3=4',
    'a:',
  ])('"%s" is refused with what is allowed', (text) => {
    expect(() => parseKeep(text)).toThrow(/is not a retention/);
  });
});

describe('sizes', () => {
  test.each([
    ['40GiB', { bytes: 40 * 1024 ** 3 }],
    ['orders=1.5TiB', { source: 'orders', bytes: 1.5 * 1024 ** 4 }],
    ['512 B', { bytes: 512 }],
  ])('%s', (text, size) => {
    expect(parseSize(text)).toEqual(size);
  });

  test.each(['40', '40GB', 'GiB', '=4GiB', '-1GiB'])('"%s" is refused', (text) => {
    expect(() => parseSize(text)).toThrow(/is not a size/);
  });
});

describe('tiers', () => {
  test('come in the order of their days', () => {
    expect(parseTiers(['DEEP_ARCHIVE=90', 'GLACIER_IR=0'])).toEqual([
      { storageClass: 'GLACIER_IR', afterDays: 0 },
      { storageClass: 'DEEP_ARCHIVE', afterDays: 90 },
    ]);
  });

  test('are none, or not typed at all', () => {
    expect(parseTiers(['none'])).toEqual([]);
    expect(parseTiers([])).toBeUndefined();
  });

  test.each(['STANDARD=3', 'GLACIER', 'GLACIER=', 'GLACIER=-1', 'glacier=3'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseTiers([text])).toThrow(/is not a tier/);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { isColdTier, possibleRetrieval, thawForecast, thawsForGood } from '../../src/core/thaw.ts';

// docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html
const since = new Date('2026-11-21T02:00:00Z');
const object = { tier: 'GLACIER', sizeBytes: 1024 } as const;

describe('the time until an archived object can be read', () => {
  it.each([
    ['GLACIER', 'expedited', '2026-11-21T02:05:00.000Z', 60],
    ['GLACIER', 'standard', '2026-11-21T07:00:00.000Z', 900],
    ['GLACIER', 'bulk', '2026-11-21T14:00:00.000Z', 900],
    ['DEEP_ARCHIVE', 'expedited', '2026-11-21T14:00:00.000Z', 900],
    ['DEEP_ARCHIVE', 'standard', '2026-11-21T14:00:00.000Z', 900],
    ['DEEP_ARCHIVE', 'bulk', '2026-11-23T02:00:00.000Z', 1800],
    ['ARCHIVE_ACCESS', 'standard', '2026-11-21T07:00:00.000Z', 900],
    ['DEEP_ARCHIVE_ACCESS', 'standard', '2026-11-21T14:00:00.000Z', 900],
  ] as const)('of %s by %s is bounded', (tier, retrieval, by, lookEverySeconds) => {
    const forecast = thawForecast([{ ...object, tier }], { retrieval, since });
    expect(forecast.readableBy.toISOString()).toBe(by);
    expect(forecast.lookEverySeconds).toBe(lookEverySeconds);
  });

  it('is that of the coldest, and said in words', () => {
    const objects = [object, { tier: 'DEEP_ARCHIVE', sizeBytes: 1024 ** 3 }] as const;
    const { text } = thawForecast(objects, { retrieval: 'standard', since });
    expect(text).toBe(
      '2 objects (1.0 GiB) of the archive tier GLACIER and DEEP_ARCHIVE brought back first, ' +
        'which takes at most 12h: readable by 2026-11-21T14:00:00.000Z',
    );
    expect(thawForecast([object], { retrieval: 'bulk', since }).text).toMatch(
      /^1 object \(1\.0 KiB/,
    );
  });
});

it('Deep Archive has no expedited retrieval', () => {
  expect(possibleRetrieval('DEEP_ARCHIVE', 'expedited')).toBe('standard');
  expect(possibleRetrieval('DEEP_ARCHIVE_ACCESS', 'expedited')).toBe('standard');
  expect(possibleRetrieval('DEEP_ARCHIVE', 'bulk')).toBe('bulk');
  expect(possibleRetrieval('GLACIER', 'expedited')).toBe('expedited');
});

it('a class that answers at once is none of them', () => {
  expect(['GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR', undefined].map(isColdTier)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('out of an archive tier of INTELLIGENT_TIERING an object moves for good', () => {
  expect((['ARCHIVE_ACCESS', 'DEEP_ARCHIVE_ACCESS'] as const).map(thawsForGood)).toEqual([
    true,
    true,
  ]);
  expect((['GLACIER', 'DEEP_ARCHIVE'] as const).map(thawsForGood)).toEqual([false, false]);
});

import { expect, test } from 'vitest';
import {
  archivedAfterDays,
  archiveTierings,
  type TierConfig,
  tieredPrefix,
  tiersOf,
} from '../../../src/core/config/tiers.ts';

const intelligent: TierConfig = { after: '1w', class: 'INTELLIGENT_TIERING' };

test('days of tiers are numbers, and a destination without tiers has none', () => {
  expect(tiersOf({ tiers: [{ ...intelligent, archiveAccess: '90d' }] })).toEqual([
    { storageClass: 'INTELLIGENT_TIERING', afterDays: 7, archiveAccessDays: 90 },
  ]);
  expect(tiersOf({})).toEqual([]);
});

test.for<[TierConfig[], number | undefined]>([
  [[], undefined],
  [[{ after: '30d', class: 'GLACIER_IR' }], undefined],
  [[intelligent], undefined],
  [
    [
      { after: '30d', class: 'GLACIER_IR' },
      { after: '120d', class: 'DEEP_ARCHIVE' },
    ],
    120,
  ],
  [[{ ...intelligent, deepArchiveAccess: '180d' }], 187],
  [[{ ...intelligent, archiveAccess: '90d', deepArchiveAccess: '180d' }], 97],
  [
    [
      { ...intelligent, archiveAccess: '90d' },
      { after: '60d', class: 'GLACIER_IR' },
    ],
    undefined,
  ],
])('%j is archived after %j days', ([tiers, days]) => {
  expect(archivedAfterDays(tiersOf({ tiers }))).toBe(days);
});

test('INTELLIGENT_TIERING archives what it is told to, and nothing by itself', () => {
  const tiers = [{ ...intelligent, archiveAccess: '90d', deepArchiveAccess: '180d' }];
  expect(archiveTierings(tiersOf({ tiers }))).toEqual([
    { tier: 'ARCHIVE_ACCESS', days: 90 },
    { tier: 'DEEP_ARCHIVE_ACCESS', days: 180 },
  ]);
  expect(archiveTierings(tiersOf({ tiers: [intelligent] }))).toEqual([]);
});

test.for([
  ['s3://acme', 'data/'],
  ['s3://acme/a/b/', 'a/b/data/'],
  ['file:///backups', 'data/'],
] as const)('in %s only %s moves', ([url, prefix]) => {
  expect(tieredPrefix(url)).toBe(prefix);
});

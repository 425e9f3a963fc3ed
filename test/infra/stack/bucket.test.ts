import { describe, expect, test } from 'vitest';
import { intelligentTiering, lifecycleRules } from '../../../infra/stack/bucket.ts';
import type { TierConfig } from '../../../src/core/config/tiers.ts';

const bucket = (tiers?: TierConfig[]) => ({ url: 's3://acme/backups', tiers });
const rule = (tiers: TierConfig[]) =>
  lifecycleRules(bucket(tiers)).find((each) => 'Transitions' in each);

describe('a bucket with tiers', () => {
  test('moves what lies under data/, and nothing else', () => {
    const tiers: TierConfig[] = [
      { after: '30d', class: 'GLACIER_IR' },
      { after: '120d', class: 'DEEP_ARCHIVE' },
    ];
    expect(rule(tiers)).toEqual({
      Id: 'tiers-of-data',
      Status: 'Enabled',
      Prefix: 'backups/data/',
      Transitions: [
        { StorageClass: 'GLACIER_IR', TransitionInDays: 30 },
        { StorageClass: 'DEEP_ARCHIVE', TransitionInDays: 120 },
      ],
    });
    const others = lifecycleRules(bucket(tiers)).filter((each) => !('Transitions' in each));
    expect(others).toEqual(lifecycleRules(bucket()));
  });

  test('lets INTELLIGENT_TIERING archive only what it is told to', () => {
    const tier: TierConfig = { after: '0d', class: 'INTELLIGENT_TIERING' };
    expect(intelligentTiering(bucket([tier]))).toEqual({ Ref: 'AWS::NoValue' });
    expect(intelligentTiering(bucket([{ ...tier, deepArchiveAccess: '180d' }]))).toEqual([
      {
        Id: 'archive-of-data',
        Status: 'Enabled',
        Prefix: 'backups/data/',
        Tierings: [{ AccessTier: 'DEEP_ARCHIVE_ACCESS', Days: 180 }],
      },
    ]);
  });
});

test('a bucket without tiers moves nothing', () => {
  expect(lifecycleRules(bucket()).some((each) => 'Transitions' in each)).toBe(false);
  expect(intelligentTiering(bucket())).toEqual({ Ref: 'AWS::NoValue' });
});

import { describe, expect, test } from 'vitest';
import { type BucketRule, compareLifecycle, withTierRule } from '../../src/core/lifecycle.ts';

const place = {
  prefix: 'holdfast/',
  dataPrefix: 'holdfast/data/',
  tiers: [
    { storageClass: 'GLACIER_IR', afterDays: 30 },
    { storageClass: 'DEEP_ARCHIVE', afterDays: 120 },
  ],
} as const;
const [own] = withTierRule([], place);
const rule = (more: BucketRule): BucketRule => ({ ...own, ...more });
const [instant, deep] = place.tiers;

test('the rule of the tiers is all that they need', () => {
  expect(compareLifecycle([rule({})], place)).toEqual({ missing: [], unknown: [], strays: [] });
  expect(own).toMatchObject({ Filter: { Prefix: 'holdfast/data/' }, Status: 'Enabled' });
});

test('tiers may be spread over several rules', () => {
  const rules = [
    rule({ ID: 'a', Transitions: [{ Days: 30, StorageClass: 'GLACIER_IR' }] }),
    rule({ ID: 'b', Transitions: [{ Days: 120, StorageClass: 'DEEP_ARCHIVE' }] }),
    { ID: 'uploads', Status: 'Enabled', Filter: { Prefix: '' } },
  ];
  expect(compareLifecycle(rules, place)).toEqual({ missing: [], unknown: [], strays: [] });
});

describe('a tier is missing', () => {
  test.for<[string, BucketRule[]]>([
    ['without any rule', []],
    ['where the rule is off', [rule({ Status: 'Disabled' })]],
    ['where the rule is of one source', [rule({ Filter: { Prefix: 'holdfast/data/orders/' } })]],
    ['where the rule is of tagged objects', [rule({ Filter: { Prefix: '', Tag: { Key: 'a' } } })]],
    ['where it is of both', [rule({ Filter: { And: { Prefix: 'holdfast/data/', Tags: [] } } })]],
    ['where the rule is of another vault', [rule({ Filter: { Prefix: 'other/data/' } })]],
  ])('%s', ([, rules]) => {
    expect(compareLifecycle(rules, place).missing).toEqual([instant, deep]);
  });

  test('where the days differ, and those of the bucket are unknown', () => {
    const Transitions = [
      { Days: 60, StorageClass: 'GLACIER_IR' },
      { Days: 120, StorageClass: 'DEEP_ARCHIVE' },
      { StorageClass: 'GLACIER' },
    ];
    expect(compareLifecycle([rule({ Transitions })], place)).toEqual({
      missing: [instant],
      unknown: ['GLACIER_IR after 60 days'],
      strays: [],
    });
  });
});

describe('a rule that moves more than data/', () => {
  test.for<[BucketRule, string]>([
    [{ Filter: { Prefix: '' } }, 'tiers-of-data'],
    [{ Filter: undefined, Prefix: 'holdfast/sets/', ID: undefined }, 'of holdfast/sets/'],
    [{ Filter: {}, ID: 'everything' }, 'everything'],
  ])('%j is told', ([more, name]) => {
    const { strays } = compareLifecycle([rule(more)], place);
    expect(strays).toEqual([{ rule: name, archives: true }]);
  });

  test('to a class that answers at once is no archive', () => {
    const Transitions = [{ Days: 30, StorageClass: 'GLACIER_IR' }];
    const rules = [rule({ Filter: { Prefix: '' }, Transitions })];
    expect(compareLifecycle(rules, place).strays).toMatchObject([{ archives: false }]);
  });
});

test('the rule of the tiers takes the place of an older one, others stay', () => {
  const other = { ID: 'uploads', Status: 'Enabled' };
  const old = rule({ Transitions: [] });
  expect(withTierRule([old, other], place)).toEqual([other, own]);
  expect(withTierRule([old, other], { ...place, tiers: [] })).toEqual([other]);
});

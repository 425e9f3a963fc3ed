import { expect, test } from 'vitest';
import type { Tier } from '../../../src/core/config/tiers.ts';
import { isWatched, leastDays, tierSteps } from '../../../src/core/cost/tier-steps.ts';

const steps = (...tiers: Tier[]) =>
  tierSteps(tiers).map(({ storageClass, afterDays }) => `${storageClass} ${afterDays}`);

test('without tiers an object stays where it is', () => {
  expect(steps()).toEqual(['STANDARD 0']);
});

test('inside INTELLIGENT_TIERING an object that nobody reads goes down by itself', () => {
  expect(steps({ storageClass: 'INTELLIGENT_TIERING', afterDays: 10 })).toEqual([
    'STANDARD 0',
    'INTELLIGENT_TIERING 10',
    'infrequent access 40',
    'archive instant access 100',
  ]);
});

test('its archive tiers come only where they were asked for', () => {
  const tier: Tier = {
    storageClass: 'INTELLIGENT_TIERING',
    afterDays: 0,
    ...{ archiveAccessDays: 120, deepArchiveAccessDays: 180 },
  };
  expect(steps(tier).slice(-2)).toEqual(['ARCHIVE_ACCESS 120', 'DEEP_ARCHIVE_ACCESS 180']);
});

test('the next tier ends all steps of the one before', () => {
  const tiers: Tier[] = [
    { storageClass: 'INTELLIGENT_TIERING', afterDays: 0 },
    { storageClass: 'GLACIER_IR', afterDays: 60 },
  ];
  expect(steps(...tiers)).toEqual([
    'STANDARD 0',
    'INTELLIGENT_TIERING 0',
    'infrequent access 30',
    'GLACIER_IR 60',
  ]);
});

test('only classes of their own have least days, and only those inside are watched', () => {
  expect([leastDays('GLACIER'), leastDays('STANDARD'), leastDays('ARCHIVE_ACCESS')]).toEqual([
    90, 0, 0,
  ]);
  expect([isWatched('INTELLIGENT_TIERING'), isWatched('infrequent access')]).toEqual([true, true]);
  expect([isWatched('STANDARD'), isWatched('DEEP_ARCHIVE')]).toEqual([false, false]);
});

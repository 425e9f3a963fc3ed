import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { channels } from '../../../src/channels/index.ts';
import { readConfig } from '../../../src/core/config/parse.ts';
import type { Config } from '../../../src/core/config/schema.ts';
import { assumptionsOf } from '../../../src/core/cost/assumptions.ts';
import { factsOfConfig } from '../../../src/core/cost/facts-of-config.ts';
import { engines } from '../../../src/engines/index.ts';

const read = (example: string) =>
  readConfig(readFileSync(`examples/${example}.yaml`, 'utf8'), {
    file: example,
    stage: undefined,
    engines,
    channels: Object.values(channels),
  }).config;

const factsOf = (example: string, change: (config: Config) => Config = (config) => config) => {
  const config = change(read(example));
  return factsOfConfig({
    ...{ config, stored: new Map() },
    names: Object.keys(config.sources),
    now: new Date('2026-11-21T12:00:00Z'),
    firstMethod: (engine) => engines.find(({ name }) => name === engine)?.methods[0],
    expectedBytes: () => undefined,
  });
};

describe('a bucket that is replicated', () => {
  const facts = factsOf('aws-with-copies');

  test('has a primary with its lock and a copy with its own retention, in another Region', () => {
    expect(facts.destinations).toMatchObject([
      { name: 'primary', way: 'none', lockDays: 7, onAws: true },
      { name: 'west', way: 's3-replication', distance: 'other-region', keep: { daily: 7 } },
    ]);
  });

  test('counts keys, recipients and secrets once', () => {
    expect(facts).toMatchObject({ kmsKeys: 3, kmsRecipients: 2, secrets: 1 });
  });

  test('knows the schedules of policies and of the drill', () => {
    expect(facts.sources).toMatchObject([
      {
        name: 'orders',
        drillSchedule: 'cron(0 5 ? * SUN *)',
        policies: { daily: { incremental: false }, hourly: { schedule: 'rate(1 hour)' } },
      },
    ]);
  });

  test('says that nothing was measured', () => {
    expect(assumptionsOf(facts, read('aws-with-copies'))[0]).toContain('orders: no whole backup');
  });
});

test('a destination is counted with its own tiers, unless others are asked for', () => {
  const config = read('aws-with-copies');
  const { primary, copies } = config.vault;
  const tiers = [{ after: '30d', class: 'GLACIER_IR' as const }];
  const tiered = { ...config, vault: { ...config.vault, primary: { ...primary, tiers }, copies } };
  const given = { config: tiered, names: [], stored: new Map(), now: new Date(0) };
  const tiersOfAll = (more: object) =>
    factsOfConfig({
      ...{ ...given, ...more },
      firstMethod: () => undefined,
      expectedBytes: () => undefined,
    }).destinations.map((destination) => destination.tiers);
  expect(tiersOfAll({})).toEqual([[{ storageClass: 'GLACIER_IR', afterDays: 30 }], []]);
  expect(tiersOfAll({ tiers: [] })).toEqual([[], []]);
});

test('a directory is counted as a bucket, its increments as such, and two keys are added', () => {
  const facts = factsOf('single-box');
  expect(facts.destinations).toMatchObject([{ name: 'primary', onAws: true }]);
  expect(facts.sources.find(({ name }) => name === 'uploads')).toMatchObject({
    policies: { daily: { incremental: true, full: 'weekly' } },
  });
  expect(facts).toMatchObject({ kmsKeys: 2, kmsRecipients: 1 });
  const said = assumptionsOf(facts, read('single-box')).join('\n');
  expect(said).toContain('outside AWS');
});

test('a copy in the house is paid by the way to it', () => {
  expect(factsOf('s3-compatible').destinations[1]).toMatchObject({
    way: 'holdfast',
    distance: 'internet',
    onAws: false,
  });
});

const inRegions = (primary: string | undefined, copy: string | undefined) => (config: Config) => ({
  ...config,
  vault: {
    ...config.vault,
    primary: { ...config.vault.primary, region: primary },
    copies: config.vault.copies.map((each) => ({ ...each, region: copy })),
  },
});

test.each([
  ['us-east-1', 'us-east-2', 'us-east-2'],
  ['us-east-2', 'us-west-2', 'other-region'],
  ['eu-west-1', 'us-east-1', 'other-region'],
  ['eu-west-1', 'eu-west-1', 'same'],
  [undefined, undefined, 'same'],
] as const)('from %s to %s is %s', (from, to, distance) => {
  const facts = factsOf('aws-with-copies', inRegions(from, to));
  expect(facts.destinations[1]).toMatchObject({ distance });
});

test('says what has no schedule, what is never removed, what is locked, whose prices they are', () => {
  const change = (config: Config): Config => {
    const orders = config.sources['orders'];
    if (!orders) throw new Error('no orders');
    const many = Array.from({ length: 8 }, (_, n) => [`by-hand-${n}`, { timezone: 'UTC' }]);
    const policies = {
      ...Object.fromEntries(many),
      endless: { timezone: 'UTC', schedule: 'rate(1 day)' },
    };
    const changed = { ...config, sources: { orders: { ...orders, policies } } };
    return inRegions('eu-west-1', 'us-west-2')(changed);
  };
  const said = assumptionsOf(factsOf('aws-with-copies', change), change(read('aws-with-copies')));
  expect(said.join('\n')).toContain('orders/by-hand-5 and 2 more: no schedule');
  expect(said.join('\n')).toContain('orders/endless: no `keep`');
  expect(said.join('\n')).toContain('locked at primary for 7 days');
  expect(said.join('\n')).toContain('eu-west-1 may differ');
});

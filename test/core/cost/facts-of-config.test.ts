import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { channels } from '../../../src/channels/index.ts';
import { readConfig } from '../../../src/core/config/parse.ts';
import { assumptionsOf, factsOfConfig } from '../../../src/core/cost/facts-of-config.ts';
import { engines } from '../../../src/engines/index.ts';

const read = (example: string) =>
  readConfig(readFileSync(`examples/${example}.yaml`, 'utf8'), {
    file: example,
    stage: undefined,
    engines,
    channels: Object.values(channels),
  }).config;

const factsOf = (example: string, stored = new Map()) => {
  const config = read(example);
  return factsOfConfig({
    ...{ config, stored },
    names: Object.keys(config.sources),
    now: new Date('2026-11-21T12:00:00Z'),
    firstMethod: (engine) => engines.find(({ name }) => name === engine)?.methods[0],
    expectedBytes: () => undefined,
    tiers: [],
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

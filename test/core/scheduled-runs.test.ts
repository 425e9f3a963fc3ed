import { describe, expect, it } from 'vitest';
import type { Standby } from '../../src/core/config/deployment.ts';
import type { SourceBase } from '../../src/core/config/source.ts';
import {
  distinctTimings,
  dueRuns,
  runName,
  startedRuns,
  timedRuns,
} from '../../src/core/scheduled-runs.ts';

const nightly = 'cron(0 2 * * ? *)';
const source = (policies: SourceBase['policies'], drill?: SourceBase['drill']): SourceBase => ({
  engine: 'files',
  after: [],
  policies,
  ...(drill && { drill }),
});
const drill = { schedule: nightly, timezone: 'UTC', server: 'scratch', assertions: [] };
const sources = {
  orders: source({
    daily: { schedule: nightly, timezone: 'Europe/Paris' },
    hourly: { schedule: 'rate(1 hour)', timezone: 'UTC' },
    manual: { timezone: 'UTC' },
  }),
  uploads: source({ daily: { schedule: nightly, timezone: 'UTC' } }, drill),
  wiki: source(
    { daily: { schedule: nightly, timezone: 'UTC' } },
    { ...drill, schedule: undefined },
  ),
};
const at = new Date('2026-11-21T02:00:00Z');

describe('the schedules of a configuration', () => {
  it('are those of policies and drills that have one', () => {
    const shown = timedRuns(sources).map(({ machine, source, policy }) => [
      machine,
      source,
      policy,
    ]);
    expect(shown).toEqual([
      ['backup', 'orders', 'daily'],
      ['backup', 'orders', 'hourly'],
      ['backup', 'uploads', 'daily'],
      ['drill', 'uploads', undefined],
      ['backup', 'wiki', 'daily'],
    ]);
  });

  it('of a stack that stands by are retention, and drills where a source has one', () => {
    const retention = 'cron(0 4 * * ? *)';
    const standby = { retention, drills: 'cron(0 6 ? * SUN *)', timezone: 'UTC' } as const;
    const started = (given: { standby?: Standby }) =>
      startedRuns({ sources, deploy: given }).map(({ machine, source }) => `${machine} ${source}`);
    expect(started({ standby })).toEqual([
      'retain orders',
      'retain uploads',
      'drill uploads',
      'retain wiki',
      'drill wiki',
    ]);
    const without = started({ standby: { ...standby, drills: 'off' } });
    expect(without).toEqual(['retain orders', 'retain uploads', 'retain wiki']);
    expect(started({})).toHaveLength(timedRuns(sources).length);
    const runs = startedRuns({ sources, deploy: { standby } });
    expect(dueRuns(runs, { expression: retention, timezone: 'UTC' }, at)[0]).toEqual({
      machine: 'retain',
      name: 'retain-orders-20261121T020000Z',
      input: { source: 'orders' },
    });
  });

  it('need one timer for each distinct time and zone', () => {
    expect(distinctTimings(sources)).toEqual([
      { expression: nightly, timezone: 'Europe/Paris' },
      { expression: 'rate(1 hour)', timezone: 'UTC' },
      { expression: nightly, timezone: 'UTC' },
    ]);
  });

  it('make due what has both the expression and the zone', () => {
    const timing = { expression: nightly, timezone: 'UTC' };
    expect(dueRuns(timedRuns(sources), timing, at)).toEqual([
      {
        machine: 'backup',
        name: 'backup-uploads-daily-20261121T020000Z',
        input: { source: 'uploads', policy: 'daily', scheduledTime: '2026-11-21T02:00:00.000Z' },
      },
      {
        machine: 'drill',
        name: 'drill-uploads-20261121T020000Z',
        input: { source: 'uploads' },
      },
      {
        machine: 'backup',
        name: 'backup-wiki-daily-20261121T020000Z',
        input: { source: 'wiki', policy: 'daily', scheduledTime: '2026-11-21T02:00:00.000Z' },
      },
    ]);
  });

  it('make nothing due at a time that is no longer theirs', () => {
    expect(
      dueRuns(timedRuns(sources), { expression: 'rate(2 hours)', timezone: 'UTC' }, at),
    ).toEqual([]);
  });
});

describe('the longest names', () => {
  const long = (last: string) => ({
    machine: 'backup' as const,
    source: 's'.repeat(32),
    policy: `${'p'.repeat(31)}${last}`,
  });

  it('still name an execution', () => {
    const policies = { [long('a').policy]: { schedule: nightly, timezone: 'UTC' } };
    const timing = { expression: nightly, timezone: 'UTC' };
    const [run] = dueRuns(timedRuns({ [long('a').source]: source(policies) }), timing, at);
    // https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html, name
    expect(run?.name).toMatch(/^[A-Za-z0-9-]{1,80}$/);
  });

  it('stay apart where they differ in the last letter', () => {
    expect(runName(long('a'))).not.toBe(runName(long('b')));
  });
});

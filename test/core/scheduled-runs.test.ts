import { describe, expect, it } from 'vitest';
import type { SourceBase } from '../../src/core/config/source.ts';
import { distinctTimings, dueRuns, runName, timedRuns } from '../../src/core/scheduled-runs.ts';

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

  it('need one timer for each distinct time and zone', () => {
    expect(distinctTimings(sources)).toEqual([
      { expression: nightly, timezone: 'Europe/Paris' },
      { expression: 'rate(1 hour)', timezone: 'UTC' },
      { expression: nightly, timezone: 'UTC' },
    ]);
  });

  it('make due what has both the expression and the zone', () => {
    const timing = { expression: nightly, timezone: 'UTC' };
    expect(dueRuns(sources, timing, at)).toEqual([
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
    expect(dueRuns(sources, { expression: 'rate(2 hours)', timezone: 'UTC' }, at)).toEqual([]);
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
    const [run] = dueRuns({ [long('a').source]: source(policies) }, timing, at);
    // https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html, name
    expect(run?.name).toMatch(/^[A-Za-z0-9-]{1,80}$/);
  });

  it('stay apart where they differ in the last letter', () => {
    expect(runName(long('a'))).not.toBe(runName(long('b')));
  });
});

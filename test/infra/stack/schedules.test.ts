import { describe, expect, it } from 'vitest';
import { dueTimes, scheduleResources } from '../../../infra/stack/schedules.ts';
import { manySources, stageOf } from './stage-of.ts';

const sourcesWith = (...policies: readonly string[]) =>
  stageOf(
    `sources:\n${policies
      .map(
        (policy, n) =>
          `  s${n}: { engine: files, path: /srv, policies: { p: { ${policy}, keep: { last: 1 } } } }`,
      )
      .join('\n')}\n`,
  ).config;
const daily = 'schedule: "cron(0 2 * * ? *)"';

describe('dueTimes', () => {
  it('has one for each distinct time and zone, whoever is due then', () => {
    const config = sourcesWith(daily, daily, `${daily}, timezone: Europe/Paris`);
    expect(dueTimes(config)).toEqual([
      { expression: 'cron(0 2 * * ? *)', timezone: 'UTC', runs: ['s0/p', 's1/p'] },
      { expression: 'cron(0 2 * * ? *)', timezone: 'Europe/Paris', runs: ['s2/p'] },
    ]);
  });

  it('says when one stack cannot hold so many', () => {
    const { config } = stageOf(manySources(400, { times: 400 }));
    expect(() => dueTimes(config)).toThrow('400 distinct schedules; a stack holds 300');
  });
});

describe('scheduleResources', () => {
  it('starts the scheduled machine with its own expression, zone and time', () => {
    const [schedule] = Object.values(scheduleResources('prod', sourcesWith(daily)));
    expect(schedule?.Properties).toMatchObject({
      ScheduleExpression: 'cron(0 2 * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      Description: 'cron(0 2 * * ? *) UTC: s0/p',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
      Target: {
        Arn: { Ref: 'ScheduledMachine' },
        RetryPolicy: { MaximumRetryAttempts: 10 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } },
      },
    });
    const target = schedule?.Properties['Target'] as { readonly Input: string } | undefined;
    expect(JSON.parse(String(target?.Input))).toEqual({
      expression: 'cron(0 2 * * ? *)',
      timezone: 'UTC',
      scheduledTime: '<aws.scheduler.scheduled-time>',
    });
  });

  it('keeps a frequent schedule exact', () => {
    const config = sourcesWith('schedule: "rate(10 minutes)"');
    const [schedule] = Object.values(scheduleResources('prod', config));
    expect(schedule?.Properties['FlexibleTimeWindow']).toEqual({ Mode: 'OFF' });
  });

  it('names a schedule after its time, so that others come and go beside it', () => {
    const ids = (config: ReturnType<typeof sourcesWith>) =>
      Object.keys(scheduleResources('prod', config));
    const [before] = ids(sourcesWith(daily));
    expect(ids(sourcesWith('schedule: "rate(1 hour)"', daily))).toContain(before);
  });

  it('looks after health whatever is scheduled', () => {
    const { ScheduleHealth } = scheduleResources('prod', sourcesWith('method: full'));
    expect(ScheduleHealth?.Properties).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      Target: { Arn: { Ref: 'HealthMachine' }, Input: '{}' },
    });
  });
});

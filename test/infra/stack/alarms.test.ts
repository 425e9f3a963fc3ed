import { describe, expect, it } from 'vitest';
import { alarmResources } from '../../../infra/stack/alarms.ts';
import { dashboardBody } from '../../../infra/stack/dashboard.ts';
import type { Config } from '../../../src/core/config/schema.ts';
import { figureNames } from '../../../src/core/figures.ts';
import { readText } from './read-text.ts';

const configOf = (schedules: readonly string[], health = 'rate(5 minutes)', rpo = '1h'): Config =>
  readText(`
vault:
  primary: { url: s3://acme, region: us-east-1 }
  encryption: { recipients: [{ kms: stack }] }
health: { schedule: "${health}" }
sources:
  uploads:
    engine: files
    path: /srv
    objectives: { rpo: ${rpo} }
    policies: { ${schedules.map((schedule, n) => `p${n}: { schedule: "${schedule}" }`).join(', ')}${schedules.length === 0 ? 'manual: {}' : ''} }
`);
const limitsOf = (config: Config, id: string) => {
  const { Period, EvaluationPeriods } = alarmResources('prod', config)[id]?.Properties ?? {};
  return [Period, EvaluationPeriods];
};

describe('the alarm of a health check that fell silent', () => {
  it.each([
    ['rate(5 minutes)', 900, 1],
    ['rate(1 minute)', 900, 1],
    ['rate(1 hour)', 10_800, 1],
    ['cron(0 6 * * ? *)', 86_400, 3],
  ])('waits for three of %s', (health, ...limits) => {
    expect(limitsOf(configOf([], health), 'SilentAlarm')).toEqual(limits);
  });

  it('counts what is missing as a fault', () => {
    const { SilentAlarm, StaleAlarm } = alarmResources('prod', configOf([]));
    expect(SilentAlarm?.Properties).toMatchObject({
      MetricName: 'HealthChecks',
      Dimensions: [{ Name: 'service', Value: 'holdfast-prod' }],
      TreatMissingData: 'breaching',
    });
    expect(StaleAlarm?.Properties['TreatMissingData']).toBe('notBreaching');
  });
});

describe('the alarm of backups that never came', () => {
  it.each([
    ['rate(1 hour)', 10_800, 1],
    ['cron(0 2 * * ? *)', 86_400, 3],
    // Friday to Monday, twice.
    ['cron(0 2 ? * MON-FRI *)', 86_400, 7],
  ])('knows the pauses of %s', (schedule, ...limits) => {
    expect(limitsOf(configOf([schedule]), 'NoBackupAlarm')).toEqual(limits);
  });

  it('goes by the most frequent schedule', () => {
    const config = configOf(['cron(0 2 * * ? *)', 'rate(1 hour)']);
    expect(limitsOf(config, 'NoBackupAlarm')).toEqual([10_800, 1]);
  });

  // PutMetricAlarm: Period × EvaluationPeriods is a week at most.
  it.each([[[]], [['cron(0 2 1 * ? *)']]])('is not there for %j', (schedules) => {
    expect(alarmResources('prod', configOf(schedules))['NoBackupAlarm']).toBeUndefined();
  });

  it('never looks back more than a week', () => {
    const [period, periods] = limitsOf(configOf(['rate(3 days)']), 'NoBackupAlarm');
    expect(Number(period) * Number(periods)).toBeLessThanOrEqual(7 * 86_400);
  });
});

describe('the dashboard', () => {
  const bodyOf = (config: ReturnType<typeof configOf>) =>
    dashboardBody('prod', config, alarmResources('prod', config))['Fn::Sub'];
  const body = JSON.parse(bodyOf(configOf(['rate(1 hour)']))) as {
    widgets: { x: number; y: number; width: number; height: number; properties: object }[];
  };

  it('fills its rows and covers nothing twice', () => {
    const cells = body.widgets.flatMap(({ x, y, width }) =>
      Array.from({ length: width }, (_, column) => `${y} ${x + column}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(cells.length % 24).toBe(0);
  });

  it('shows the alarms that there are', () => {
    const text = JSON.stringify(body);
    const names = ['silent', 'stale', 'no-backup', 'dead-letters', 'throttled', 'notify'];
    for (const name of names) expect(text).toContain(`:alarm:holdfast-prod-${name}"`);
    expect(bodyOf(configOf([]))).not.toContain('no-backup');
  });

  it('draws each RPO where ages are drawn', () => {
    expect(JSON.stringify(body)).toContain('{"label":"RPO 1h","value":3600}');
  });

  it('shows what the functions publish, and nothing else of their namespace', () => {
    const text = JSON.stringify(body);
    const searched = [...text.matchAll(/MetricName=\\"(\w+)\\"/g)].map(([, name]) => name);
    const named = [...text.matchAll(/\["Holdfast","(\w+)"/g)].map(([, name]) => name);
    expect(figureNames).toEqual(expect.arrayContaining([...searched, ...named]));
    expect(searched.length + named.length).toBeGreaterThan(5);
  });
});

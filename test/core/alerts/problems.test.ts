import { describe, expect, test } from 'vitest';
import {
  alertKey,
  anomalyText,
  backupFailed,
  backupPartial,
  backupStale,
  cleared,
  copyFailed,
  copyUnreachable,
  drillFailed,
  drillTooSlow,
  keyEndangered,
  keysPending,
  problemSchema,
  raised,
  replicationLag,
  restoreFailed,
  retentionBlocked,
  sizeAnomaly,
  thawWaiting,
  vaultUnlocked,
  verifyFailed,
} from '../../../src/core/alerts/index.ts';
import type { ErrorReport } from '../../../src/core/errors.ts';

const report: ErrorReport = {
  name: 'SourceError',
  code: 'SOURCE_UNREACHABLE',
  message: 'connecting to orders failed: connection refused',
  hint: 'Start the server, then run `holdfast check`.',
  exitCode: 1,
  retryable: true,
};
const impact = 'RPO 1h: the newest verified backup is 3h old';
const run = { source: 'orders', impact, execution: 'run-1', report };
const set = { source: 'orders', impact, backup: '20261121T020000Z-daily-1a2b3c4d' };
const anomaly = {
  figure: 'size',
  current: 380 * 1024,
  median: 1024 * 1024,
  change: -0.629,
  threshold: 0.4,
  samples: 7,
} as const;

const problems = [
  backupFailed(run),
  backupPartial({ ...set, partialReasons: ['a.txt: permission denied'] }),
  backupStale({ source: 'orders', impact }),
  sizeAnomaly({ ...set, anomalies: [anomaly] }),
  copyFailed({ ...run, destination: 'west' }),
  keysPending({ ...set, recipients: ['kms:west'] }),
  verifyFailed({ ...set, report }),
  retentionBlocked(run),
  restoreFailed(run),
  thawWaiting({ ...run, machine: 'restore', waitsFor: '1 object: readable by 07:00' }),
  drillFailed(run),
  drillTooSlow({ ...set, rto: '30m', measuredSeconds: 3700 }),
];

test.each(problems.map((problem) => [problem.event, problem] as const))(
  '%s says what happened, what it means and what to run',
  (_event, problem) => {
    expect(problemSchema.parse(problem)).toEqual(problem);
    expect(problem.detail).toMatch(/\w.*[.]$/);
    expect(problem.impact).toContain(impact);
    expect(problem.command).toMatch(/^holdfast \w+/);
    expect(problem.title).toContain('orders');
  },
);

describe('the words', () => {
  test('a failure is told with what to do about it', () => {
    expect(backupFailed(run)).toMatchObject({
      detail:
        'connecting to orders failed: connection refused. Start the server, then run `holdfast check`.',
      command: 'holdfast executions show run-1',
      fields: { execution: 'run-1', error: 'SOURCE_UNREACHABLE' },
    });
  });

  test('a failure without advice is told alone', () => {
    const { hint: _, ...bare } = report;
    expect(backupFailed({ ...run, report: bare }).detail).toBe(
      'connecting to orders failed: connection refused.',
    );
  });

  test('long lists are cut to three', () => {
    const partialReasons = ['a', 'b', 'c', 'd', 'e'];
    expect(backupPartial({ ...set, partialReasons }).detail).toBe('a; b; c; and 2 more.');
  });

  test('a missed run is named by its time', () => {
    const missed = new Date('2026-11-21T02:00:00Z');
    expect(backupStale({ source: 'orders', impact, missed }).detail).toBe(
      'The run scheduled for 2026-11-21T02:00:00.000Z left no backup.',
    );
  });

  test('an anomaly is told with its figures', () => {
    expect(anomalyText(anomaly)).toBe(
      'size 380.0 KiB, 63 % less than the median 1.0 MiB of the last 7 (threshold 40 %)',
    );
    expect(
      anomalyText({
        ...anomaly,
        figure: 'rows',
        current: 130,
        median: 100,
        change: 0.3,
        threshold: 0.2,
      }),
    ).toBe('rows 130, 30 % more than the median 100 of the last 7 (threshold 20 %)');
  });

  test.each([
    [-0.9997, '99 % less'],
    [-1, '100 % less'],
    [2, '200 % more'],
  ])('a change of %d is %s', (change, text) => {
    expect(anomalyText({ ...anomaly, change })).toContain(text);
  });

  test('a copy without a known destination is still told', () => {
    expect(copyFailed(run).title).toBe('Copy of orders failed');
  });
});

test('a problem is named by its event, source and destination', () => {
  expect(alertKey(backupFailed(run))).toBe('backup.failed.orders');
  expect(alertKey(copyFailed({ ...run, destination: 'west' }))).toBe('copy.failed.orders.west');
});

test('a change is a problem that is there, or the name of one that is gone', () => {
  const problem = backupFailed(run);
  expect(raised(problem)).toEqual({ kind: 'raised', problem });
  expect(cleared({ event: 'backup.failed', source: 'orders' }, { detail: 'good', impact })).toEqual(
    {
      kind: 'cleared',
      event: 'backup.failed',
      source: 'orders',
      detail: 'good',
      impact,
    },
  );
});

describe('what endangers all sources', () => {
  const source = 'vault:primary';

  test('a vault without its lock names the sets', () => {
    const unlocked = ['orders/1', 'wiki/1', 'shop/1', 'more/1'];
    const problem = vaultUnlocked({ source, url: 's3://acme', unlocked });
    expect(problemSchema.parse(problem)).toEqual(problem);
    expect(problem.detail).toBe(
      's3://acme keeps no lock on orders/1; wiki/1; shop/1; and 1 more, which the configuration asks for.',
    );
  });

  test('a key says what KMS says of it', () => {
    const endangered = [{ arn: 'arn:aws:kms:us-east-1:1:key/k', state: 'PendingDeletion' }];
    const problem = keyEndangered({ source, endangered });
    expect(problemSchema.parse(problem)).toEqual(problem);
    expect(problem.detail).toBe('arn:aws:kms:us-east-1:1:key/k is PendingDeletion.');
  });
});

describe('a copy that S3 makes', () => {
  const set = { source: 'orders', impact: 'RPO 1h', backup: 'b', destination: 'west', minutes: 30 };

  test('is told by what has not arrived, one alert for each source and copy', () => {
    const one = replicationLag({ ...set, lacking: ['data/a'] });
    expect(problemSchema.parse(one)).toEqual(one);
    expect(alertKey(one)).toBe('replication.lag.orders.west');
    expect(one.detail).toBe('b: 1 object has not arrived in 30 minutes: data/a.');
    const many = replicationLag({ ...set, lacking: ['1', '2', '3', '4', '5'] });
    expect(many.detail).toContain('5 objects have not arrived in 30 minutes: 1; 2; 3; and 2 more');
  });

  test('is another problem when it does not answer', () => {
    const problem = copyUnreachable({ source: 'vault:primary', destination: 'west', report });
    expect(problemSchema.parse(problem)).toEqual(problem);
    expect(alertKey(problem)).toBe('replication.lag.vault:primary.west');
    expect(problem.fields).toEqual({ error: 'SOURCE_UNREACHABLE' });
  });
});

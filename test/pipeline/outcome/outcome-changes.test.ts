import { expect, test } from 'vitest';
import { type AlertChange, alertKey } from '../../../src/core/alerts/index.ts';
import { parseBackupId } from '../../../src/core/backup-id.ts';
import type { SourceBase } from '../../../src/core/config/source.ts';
import type { NotifyEvent } from '../../../src/core/contracts/functions.ts';
import {
  type OutcomeFacts,
  outcomeChanges,
} from '../../../src/pipeline/outcome/outcome-changes.ts';

const backupId = parseBackupId('20261121T020000Z-daily-1a2b3c4d');
const source: SourceBase = { engine: 'fake', after: [], policies: {}, objectives: { rto: '5m' } };
const report = {
  name: 'StoreError',
  code: 'STORE_FULL',
  message: 'no space',
  exitCode: 1,
  retryable: false,
};
const verify = {
  backupId,
  outcome: 'good',
  partialReasons: [],
  keysPending: [],
  anomalies: [],
} as const;
const failure = {
  Error: 'StoreError',
  Cause: JSON.stringify({ errorMessage: JSON.stringify(report) }),
};

function changes(event: Partial<NotifyEvent>, facts: Partial<OutcomeFacts> = {}): AlertChange[] {
  const whole = {
    machine: 'backup',
    execution: 'exec-1',
    input: { source: 'shop' },
    outcome: 'good',
    ...event,
  } as const;
  return outcomeChanges({
    source,
    results: {},
    impact: 'no RPO',
    stale: false,
    event: whole,
    ...facts,
  });
}
const keys = (found: readonly AlertChange[], kind: AlertChange['kind']) =>
  found
    .filter((change) => change.kind === kind)
    .map((change) => alertKey(change.kind === 'raised' ? change.problem : change));

test('a good backup clears all that a backup can raise', () => {
  const found = changes(
    {},
    { results: { verify: { ...verify, partialReasons: [], keysPending: [], anomalies: [] } } },
  );
  expect(keys(found, 'raised')).toEqual([]);
  expect(keys(found, 'cleared')).toEqual([
    'backup.failed.shop',
    'verify.failed.shop',
    'backup.partial.shop',
    'backup.size-anomaly.shop',
    'keys.pending.shop',
    'backup.stale.shop',
    'copy.failed.shop',
    'retention.blocked.shop',
  ]);
});

test('a good backup of a source that is still stale does not clear that', () => {
  expect(keys(changes({}, { stale: true }), 'cleared')).not.toContain('backup.stale.shop');
});

test('partial, anomalies and pending keys are raised with their figures', () => {
  const anomaly = {
    figure: 'rows',
    current: 1,
    median: 10,
    change: -0.9,
    threshold: 0.2,
    samples: 7,
  } as const;
  const results = {
    verify: {
      backupId,
      outcome: 'partial',
      partialReasons: ['a: EACCES'],
      keysPending: ['kms:x'],
      anomalies: [anomaly],
    },
  } as const;
  const found = changes(
    { outcome: 'partial' },
    { results: structuredClone(results) as unknown as OutcomeFacts['results'] },
  );
  expect(keys(found, 'raised')).toEqual([
    'backup.partial.shop',
    'backup.size-anomaly.shop',
    'keys.pending.shop',
  ]);
  expect(JSON.stringify(found)).toContain('90 % less than the median 10');
});

test.for([
  [{ machine: 'backup', step: 'Dump' }, 'backup.failed.shop'],
  [{ machine: 'backup', step: 'Verify backup' }, 'verify.failed.shop'],
  [{ machine: 'verify', step: 'Read backup' }, 'verify.failed.shop'],
  [{ machine: 'restore', step: 'Restore' }, 'restore.failed.shop'],
  [{ machine: 'drill', step: 'Drill' }, 'drill.failed.shop'],
] as const)('%o raises %s in the words of the step', ([event, key]) => {
  const found = changes({ ...event, outcome: 'failed', failure });
  expect(keys(found, 'raised')).toEqual([key]);
  expect(JSON.stringify(found)).toContain('no space');
});

test('where the state has no words, those that the task left are told', () => {
  const Cause = JSON.stringify({ Containers: [{ ExitCode: 1 }] });
  const found = changes(
    { outcome: 'failed', failure: { Error: 'States.TaskFailed', Cause } },
    { results: { taskError: { ...report, message: 'what the task said' } } },
  );
  expect(JSON.stringify(found)).toContain('what the task said');
});

test('copies are told apart by destination', () => {
  const copies = {
    destinations: [
      { name: 'west', copied: [], error: report },
      { name: 'east', copied: [backupId] },
    ],
  };
  const copyFailure = { Error: 'States.TaskFailed', Cause: '' };
  const found = changes({ copyFailure }, { results: { copies } });
  expect(keys(found, 'raised')).toEqual(['copy.failed.shop.west']);
  expect(keys(found, 'cleared')).toContain('copy.failed.shop.east');
});

test('a copy task that never came to its report is told as a whole', () => {
  const copyFailure = { Error: 'States.Timeout', Cause: '' };
  expect(keys(changes({ copyFailure }), 'raised')).toEqual(['copy.failed.shop']);
});

test('retention that could not remove is blocked', () => {
  const retain = { removed: [], errors: [report], more: false };
  expect(keys(changes({}, { results: { retain } }), 'raised')).toEqual(['retention.blocked.shop']);
  const retentionFailure = { Error: 'Lambda.Unknown', Cause: 'timed out' };
  expect(keys(changes({ retentionFailure }), 'raised')).toEqual(['retention.blocked.shop']);
});

test('a drill that took longer than the RTO is raised though it passed', () => {
  const drill = {
    backupId,
    proven: true,
    seconds: 900,
    rto: 'missed',
    scratch: '',
    notes: [],
    assertions: [],
    comparison: { level: 'rows', units: 1 },
  } as const;
  const results = { drill: { ...drill, notes: [], assertions: [] } };
  const found = changes({ machine: 'drill' }, { results });
  expect(keys(found, 'raised')).toEqual(['drill.failed.shop']);
  expect(keys(changes({ machine: 'drill' }), 'cleared')).toContain('drill.failed.shop');
});

test('a restore that waits for an archive tier is raised with what it waits for', () => {
  const [found] = changes({
    machine: 'restore',
    outcome: 'waiting',
    waitsFor: 'readable by 07:00',
  });
  expect(found).toMatchObject({
    kind: 'raised',
    problem: {
      event: 'restore.waiting',
      detail: 'readable by 07:00.',
      impact: expect.stringContaining('goes on by itself'),
    },
  });
});

test.for(['restore', 'drill'] as const)('a %s that has ended waits no longer', (machine) => {
  const waited = 'restore.waiting.shop';
  expect(keys(changes({ machine }), 'cleared')).toContain(waited);
  expect(keys(changes({ machine, outcome: 'failed', failure }), 'cleared')).toEqual([waited]);
});

test('a problem of a deployment leads to its execution', () => {
  const executionArn =
    'arn:aws:states:eu-west-3:111122223333:execution:holdfast-prod-backup:exec-1';
  const failed = { machine: 'backup', outcome: 'failed', step: 'Dump', failure } as const;
  const link = `https://eu-west-3.console.aws.amazon.com/states/home?region=eu-west-3#/v2/executions/details/${executionArn}`;
  expect(changes({ ...failed, executionArn })).toMatchObject([{ problem: { link } }]);
  const local = 'arn:aws:states:local:000000000000:execution:backup:exec-1';
  const [found] = changes({ ...failed, executionArn: local });
  expect(found?.kind === 'raised' && found.problem).not.toHaveProperty('link');
});

test('a run that was skipped says nothing', () => {
  expect(changes({ outcome: 'skipped' })).toEqual([]);
});

test.for([11, 130])('a run that ends with %i is no news', (exitCode) => {
  const Cause = JSON.stringify({ errorMessage: JSON.stringify({ ...report, exitCode }) });
  expect(changes({ outcome: 'failed', failure: { Error: 'LeaseHeldError', Cause } })).toEqual([]);
});

test.for([
  ['on one machine a person, no news', 'arn:holdfast:states:local:0:execution:backup:exec-1', []],
  [
    'in the cloud the platform, which nobody else tells',
    'arn:aws:states:us-east-1:000000000000:execution:holdfast-prod-backup:exec-1',
    ['backup.failed.shop'],
  ],
] as const)('who stopped a task: %s', ([, executionArn, expected]) => {
  const stopped = { ...report, code: 'INTERRUPTED', exitCode: 130 };
  const told = { Error: 'States.TaskFailed', Cause: JSON.stringify(stopped) };
  const found = changes({ outcome: 'failed', executionArn, failure: told });
  expect(keys(found, 'raised')).toEqual(expected);
});

test('retention by itself says what it could not remove, and when it can again', () => {
  const failed = {
    machine: 'retain',
    outcome: 'failed',
    step: 'Apply retention',
    failure,
  } as const;
  expect(keys(changes(failed), 'raised')).toEqual(['retention.blocked.shop']);
  const retain = { removed: [], errors: [report], more: false };
  const blocked = changes({ machine: 'retain' }, { results: { retain } });
  expect(keys(blocked, 'raised')).toEqual(['retention.blocked.shop']);
  expect(keys(changes({ machine: 'retain' }), 'cleared')).toEqual(['retention.blocked.shop']);
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { subjectOf } from '../../src/wiring/lambda-observers.ts';

const program = new URL('./programs/observed-function.ts', import.meta.url).pathname;
const event = { for: 'drill', execution: 'drill-1', input: { source: 'orders', backupId: 'b-1' } };

/** What the function wrote to stdout and stderr: a JSON object a line. */
async function linesOf(given: object): Promise<Record<string, unknown>[]> {
  const env = { PATH: process.env['PATH'], AWS_LAMBDA_FUNCTION_NAME: 'holdfast-prod-verify' };
  const argv = [program, JSON.stringify(given)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { env });
  const written = `${stdout}${stderr}`.trim().split('\n');
  return written.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a log line names source, backup and execution', async () => {
  const [line] = await linesOf(event);
  expect(line).toMatchObject({
    level: 'INFO',
    message: 'looked',
    service: 'holdfast-prod',
    execution: 'drill-1',
    source: 'orders',
    backupId: 'b-1',
    objects: 3,
    function_name: 'holdfast-prod-verify',
  });
});

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
test('figures are metrics of the stage, and of a source where they have one', async () => {
  const [, ofStage, ofSource] = await linesOf(event);
  expect(ofStage).toMatchObject({
    service: 'holdfast-prod',
    StaleSources: 2,
    _aws: {
      CloudWatchMetrics: [
        {
          Namespace: 'Holdfast',
          Dimensions: [['service']],
          Metrics: [{ Name: 'StaleSources', Unit: 'Count' }],
        },
      ],
    },
  });
  expect(ofSource).toMatchObject({
    Source: 'orders',
    BackupAge: 90,
    _aws: { CloudWatchMetrics: [{ Dimensions: [['service', 'Source']] }] },
  });
});

test('a failure is logged with its report, and stays what it was', async () => {
  const lines = await linesOf({ ...event, fails: true });
  expect(lines).toContainEqual({ thrown: 'A_CODE' });
  expect(lines.at(-1)).toMatchObject({
    level: 'ERROR',
    source: 'orders',
    report: { code: 'A_CODE', message: 'no such thing', hint: 'Look.' },
  });
});

test.for([
  [
    { source: 'a', execution: 'e', backupId: 'b' },
    { source: 'a', execution: 'e', backupId: 'b' },
  ],
  [{ for: 'scheduled', execution: 'e', input: { expression: 'x' } }, { execution: 'e' }],
  [{}, {}],
  ['not an event', {}],
  [{ source: 3 }, {}],
] as const)('of %j the subject is %j', ([given, subject]) => {
  expect(subjectOf(given)).toEqual(subject);
});

import { expect, test } from 'vitest';
import { type ErrorReport, reportError, ToolError } from '../../src/core/errors.ts';
import { failureOfTask, failureReport } from '../../src/core/failure.ts';

const full: ErrorReport = reportError(
  new ToolError('pg_dump failed: exit 1', { code: 'TOOL_FAILED', hint: 'Look.', retryable: true }),
);
const bare: ErrorReport = reportError(new ToolError('zstd failed', { code: 'TOOL_FAILED' }));
const stopped = (container: object, more: object = {}) =>
  JSON.stringify({ LastStatus: 'STOPPED', Containers: [{ Name: 'task', ...container }], ...more });

test.for([full, bare])('a task on one machine gives its own report', (report) => {
  const Cause = stopped({ ExitCode: 1, Reason: JSON.stringify(report) });
  expect(failureReport({ Error: 'States.TaskFailed', Cause })).toEqual(report);
});

test.for([full, bare])('a function gives its own report as its message', (report) => {
  const Cause = JSON.stringify({
    errorType: 'ToolError',
    errorMessage: JSON.stringify(report),
    trace: [],
  });
  expect(failureReport({ Error: 'ToolError', Cause })).toEqual(report);
});

test('a step that ran too long gives no cause of its own', () => {
  expect(failureReport({ Error: 'States.Timeout', Cause: '' })).toMatchObject({
    code: 'STATES_TIMEOUT',
    message: 'the step did not end within its time limit',
  });
});

test.for([
  [
    stopped({ ExitCode: 137, Reason: 'OutOfMemoryError' }),
    'the task was killed, often for want of memory (137): OutOfMemoryError',
  ],
  [
    stopped({ ExitCode: 4 }, { StoppedReason: 'Essential container in task exited' }),
    'the task exited 4: Essential container in task exited',
  ],
  [stopped({ ExitCode: 3 }), 'the task exited 3'],
  [stopped({}), 'the task never ran'],
  ['The cluster was not found.', 'The cluster was not found.'],
  ['', 'States.TaskFailed: no cause was given'],
  [JSON.stringify({ errorMessage: 'x is not a function' }), 'x is not a function'],
] as const)('%s is told as "%s"', ([Cause, message]) => {
  expect(failureReport({ Error: 'States.TaskFailed', Cause })).toEqual({
    name: 'States.TaskFailed',
    code: 'STATES_TASK_FAILED',
    message,
    exitCode: 1,
    retryable: false,
  });
});

test('a task in the cloud leaves its words in the vault: they count where its exit status agrees', () => {
  const name = 'States.TaskFailed';
  const ended = (ExitCode: number) => ({ Error: name, Cause: stopped({ ExitCode }) });
  expect(failureOfTask(ended(1), bare)).toEqual(bare);
  expect(failureOfTask(ended(75), full)).toEqual(full);
  expect(failureOfTask(ended(1), full)).toMatchObject({ message: 'the task exited 1' });
  expect(failureOfTask(ended(137), bare)).toMatchObject({ code: 'STATES_TASK_FAILED' });
  expect(failureOfTask(ended(1), undefined)).toMatchObject({ message: 'the task exited 1' });
  expect(failureOfTask({ Error: 'States.Timeout', Cause: '' }, bare).code).toBe('STATES_TIMEOUT');
});

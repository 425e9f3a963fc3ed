/** Functions: what they return, what they throw, how long they take. */
import { call, catchAs, end, machine, page, recorded, type Scenario } from '../scenario.ts';

const errors = page('concepts-error-handling');
const said = { Output: '{% $states.result.Payload %}' };
const retry = (error: string, attempts: number) => ({
  Retry: [{ ErrorEquals: [error], IntervalSeconds: 1, MaxAttempts: attempts, BackoffRate: 1 }],
});
const caught = (error: string) =>
  machine({
    Ask: call('worker', { ...catchAs(error, 'Caught'), Next: 'Not caught' }),
    'Not caught': { Type: 'Pass', Output: 'not caught', End: true },
    Caught: { Type: 'Pass', Output: '{% $states.input.Error %}', End: true },
  });
const timesOut = { worker: [{ sleepsSeconds: 4 }] };
const throws = { worker: [{ throws: 'LeaseHeldError', message: 'held' }] };

export const functionScenarios: readonly Scenario[] = [
  {
    title: 'A function returns',
    source: page('connect-lambda'),
    definition: machine({ Ask: call('worker', { ...said, End: true }) }),
    script: { worker: [{ returns: { sizes: [1, 2], nothing: null } }] },
    expected: {
      status: 'SUCCEEDED',
      output: { sizes: [1, 2], nothing: null },
      states: ['Ask'],
    },
  },
  {
    title: 'A function throws an error that is retried by its name',
    source: errors,
    definition: machine({ Ask: call('worker', { ...said, ...retry('Busy', 3), End: true }) }),
    script: { worker: [{ throws: 'Busy' }, { throws: 'Busy' }, { returns: 'at last' }] },
    expected: { status: 'SUCCEEDED', output: 'at last', states: ['Ask'] },
  },
  {
    title: 'A function throws an error that States.TaskFailed retries',
    source: errors,
    definition: machine({
      Ask: call('worker', { ...said, ...retry('States.TaskFailed', 1), End: true }),
    }),
    script: { worker: [{ throws: 'Busy' }, { returns: 'at last' }] },
    expected: { status: 'SUCCEEDED', output: 'at last', states: ['Ask'] },
  },
  {
    title: 'A function throws for longer than it is retried, and is caught then',
    source: errors,
    definition: machine({
      Ask: call('worker', {
        ...retry('States.TaskFailed', 1),
        ...catchAs('States.ALL', 'Caught'),
        Next: 'Done',
      }),
      Done: end,
      Caught: { Type: 'Pass', Output: 'gave up', End: true },
    }),
    script: { worker: [{ throws: 'Busy' }, { throws: 'Busy' }, { returns: 'too late' }] },
    expected: { status: 'SUCCEEDED', output: 'gave up', states: ['Ask', 'Caught'] },
  },
  {
    title: 'A function throws an error that nothing catches',
    source: recorded('error_handling/test_task_service_lambda.snapshot.json'),
    definition: machine({
      Ask: call('worker', { ...catchAs('Other', 'Done'), Next: 'Done' }),
      Done: end,
    }),
    script: throws,
    expected: { status: 'FAILED', error: 'LeaseHeldError', states: ['Ask'] },
  },
  {
    title: 'An error output has the name of what was thrown, and the error as JSON',
    source: recorded('states_variables/test_error_output.snapshot.json'),
    definition: machine({
      Ask: call('worker', {
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Output: {
              error: '{% $states.errorOutput.Error %}',
              type: '{% $parse($states.errorOutput.Cause).errorType %}',
              message: '{% $parse($states.errorOutput.Cause).errorMessage %}',
            },
            Next: 'Caught',
          },
        ],
        End: true,
      }),
      Caught: end,
    }),
    script: throws,
    expected: {
      status: 'SUCCEEDED',
      output: { error: 'LeaseHeldError', type: 'LeaseHeldError', message: 'held' },
      states: ['Ask', 'Caught'],
    },
  },
  {
    title: 'A function takes longer than its state may',
    source: recorded('timeouts/test_timeouts.snapshot.json'),
    definition: machine({ Ask: call('worker', { TimeoutSeconds: 1, End: true }) }),
    script: timesOut,
    expected: { status: 'FAILED', error: 'States.Timeout', states: ['Ask'] },
  },
  {
    title: 'A timeout that is an expression',
    source: page('state-task'),
    definition: machine({ Ask: call('worker', { TimeoutSeconds: '{% 2 - 1 %}', End: true }) }),
    script: timesOut,
    expected: { status: 'FAILED', error: 'States.Timeout', states: ['Ask'] },
  },
  {
    title: 'The error output of a timeout has no Cause',
    source: recorded('timeouts/test_timeouts.snapshot.json'),
    definition: machine({
      Ask: call('worker', { TimeoutSeconds: 1, ...catchAs('States.Timeout', 'Caught'), End: true }),
      Caught: end,
    }),
    script: timesOut,
    expected: {
      status: 'SUCCEEDED',
      output: { Error: 'States.Timeout' },
      states: ['Ask', 'Caught'],
    },
  },
  {
    title: 'A timeout is not caught by States.TaskFailed',
    source: errors,
    definition: machine({
      Ask: call('worker', {
        TimeoutSeconds: 1,
        ...catchAs('States.TaskFailed', 'Caught'),
        End: true,
      }),
      Caught: end,
    }),
    script: timesOut,
    expected: { status: 'FAILED', error: 'States.Timeout', states: ['Ask'] },
  },
  {
    title: 'A timeout is caught by States.ALL',
    source: errors,
    definition: machine({
      Ask: call('worker', { TimeoutSeconds: 1, ...catchAs('States.ALL', 'Caught'), End: true }),
      Caught: { Type: 'Pass', Output: '{% $states.input.Error %}', End: true },
    }),
    script: timesOut,
    expected: { status: 'SUCCEEDED', output: 'States.Timeout', states: ['Ask', 'Caught'] },
  },
  {
    title: 'What a function throws is caught by States.TaskFailed',
    source: errors,
    definition: caught('States.TaskFailed'),
    script: throws,
    expected: { status: 'SUCCEEDED', output: 'LeaseHeldError', states: ['Ask', 'Caught'] },
  },
  {
    title: 'A result above 256 KiB is an error that its name catches',
    source: recorded('error_handling/test_states_errors.snapshot.json'),
    definition: caught('States.DataLimitExceeded'),
    script: { worker: [{ returns: 'x'.repeat(262_145) }] },
    expected: {
      status: 'SUCCEEDED',
      output: 'States.DataLimitExceeded',
      states: ['Ask', 'Caught'],
    },
  },
  {
    // A history recorded in March 2024 has it caught. Nothing may depend on that.
    title: 'A result above 256 KiB is an error that States.ALL does not catch',
    source: errors,
    definition: caught('States.ALL'),
    script: { worker: [{ returns: 'x'.repeat(262_145) }] },
    expected: { status: 'FAILED', error: 'States.DataLimitExceeded', states: ['Ask'] },
  },
  {
    title: 'A state knows which retry it is',
    source: page('input-output-contextobject'),
    definition: machine({
      Ask: call('worker', {
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 1 }],
        Output: '{% $states.context.State.RetryCount %}',
        End: true,
      }),
    }),
    script: { worker: [{ throws: 'Busy' }, { throws: 'Busy' }, { returns: null }] },
    expected: { status: 'SUCCEEDED', output: 2, states: ['Ask'] },
  },
];

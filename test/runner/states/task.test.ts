import { describe, expect, it } from 'vitest';
import { invoke, jumpingClock, machineOf, openRunner, runMachine } from '../run-machine.ts';

const never = () => new Promise<never>(() => undefined);
const failWith = (name: string, message = 'no') => {
  const error = new Error(message);
  error.name = name;
  throw error;
};

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
describe('Task with lambda:invoke', () => {
  it('wraps the result of a function', async () => {
    const { record, history } = await runMachine(
      machineOf({ Plan: invoke('plan', { End: true }) }),
      { input: { source: 'orders' }, functions: { plan: (event) => ({ planned: event }) } },
    );
    expect(record.status).toBe('SUCCEEDED');
    expect(record.output).toEqual({
      ExecutedVersion: '$LATEST',
      Payload: { planned: { source: 'orders' } },
      StatusCode: 200,
    });
    // GetExecutionHistory, HistoryEvent "type".
    expect(history.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('finds a function whose ARN carries a version', async () => {
    const arn = 'arn:aws:lambda:local:000000000000:function:plan';
    const { record } = await runMachine(machineOf({ Plan: invoke(`${arn}:7`, { End: true }) }), {
      functions: { [arn]: () => 'found' },
    });
    expect(record.output).toMatchObject({ Payload: 'found' });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html: errorType, errorMessage, trace
  it('fails under the name of what a function throws', async () => {
    const { record } = await runMachine(machineOf({ Plan: invoke('plan', { End: true }) }), {
      functions: { plan: () => failWith('LeaseHeldError', 'held by 7') },
    });
    expect(record).toMatchObject({ status: 'FAILED', error: 'LeaseHeldError' });
    expect(JSON.parse(record.cause ?? '')).toMatchObject({
      errorType: 'LeaseHeldError',
      errorMessage: 'held by 7',
      trace: expect.arrayContaining([expect.stringContaining('held by 7')]),
    });
  });

  it('gives null for a function that returns nothing', async () => {
    const { record } = await runMachine(machineOf({ Plan: invoke('plan', { End: true }) }), {
      functions: { plan: () => undefined },
    });
    expect(record.output).toMatchObject({ Payload: null });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html, TimeoutSeconds, HeartbeatSeconds
describe('the deadlines of a Task', () => {
  it.each([[{ TimeoutSeconds: 60 }], [{ TimeoutSeconds: '{% 30 + 30 %}' }]])(
    'end it with States.Timeout and no cause under %j',
    async (deadlines) => {
      const { record, history } = await runMachine(
        machineOf({ Plan: invoke('plan', { ...deadlines, End: true }) }),
        { functions: { plan: never } },
      );
      expect(record).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
      expect(record).not.toHaveProperty('cause');
      expect(history.map(({ type }) => type)).toContain('TaskTimedOut');
    },
  );

  it('ends the execution itself as TIMED_OUT', async () => {
    const { record, history } = await runMachine(
      { TimeoutSeconds: 5, ...machineOf({ Plan: invoke('plan', { End: true }) }) },
      { functions: { plan: never } },
    );
    expect(record.status).toBe('TIMED_OUT');
    // GitHub localstack/localstack, tests/aws/services/stepfunctions/v2/timeouts/test_timeouts.snapshot.json,
    // recorded on AWS: whoever describes it reads neither error nor cause
    expect(record).not.toHaveProperty('error');
    expect(history.at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      details: { error: 'States.Timeout' },
    });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
describe('Task with .waitForTaskToken', () => {
  const approval = {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
    End: true,
  };

  async function ask(fields: object, answer: (token: string) => void | Promise<void>) {
    const asked = Promise.withResolvers<string>();
    const functions = {
      ask: async (event: unknown) => asked.resolve((event as { token: string }).token),
    };
    await using opened = openRunner(
      { machine: machineOf({ Approve: { ...approval, ...fields }, Lost: { Type: 'Succeed' } }) },
      { functions, clock: jumpingClock() },
    );
    const { id } = await opened.runner.start('machine', {});
    const answering = asked.promise.then((token) => answer.call(opened.runner, token));
    const record = await opened.runner.wait(id);
    await answering;
    return record;
  }

  it('takes the output that SendTaskSuccess brings, as it is', async () => {
    const record = await ask({}, function (this: never, token) {
      (this as { sendTaskSuccess(token: string, output: object): void }).sendTaskSuccess(token, {
        by: 'ann',
      });
    });
    expect(record).toMatchObject({ status: 'SUCCEEDED', output: { by: 'ann' } });
  });

  it('fails as SendTaskFailure says', async () => {
    const record = await ask({}, function (this: never, token) {
      const runner = this as { sendTaskFailure(token: string, failure: object): void };
      runner.sendTaskFailure(token, { error: 'Denied', cause: 'too risky' });
    });
    expect(record).toMatchObject({ status: 'FAILED', error: 'Denied', cause: 'too risky' });
  });

  it('ends with States.Timeout when nobody answers', async () => {
    const record = await ask({ TimeoutSeconds: 900 }, () => undefined);
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  // GitHub localstack/localstack, tests/aws/services/stepfunctions/v2/timeouts/test_heartbeats.snapshot.json,
  // recorded on AWS: error States.Timeout, no cause
  it('ends with States.Timeout when no heartbeat comes', async () => {
    const record = await ask({ TimeoutSeconds: 900, HeartbeatSeconds: 10 }, () => undefined);
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(record).not.toHaveProperty('cause');
  });

  // concepts-error-handling: "HeartbeatTimeout is available inside the Catch and Retry fields"
  it.each([
    [{ TimeoutSeconds: 900, HeartbeatSeconds: 10 }, 'SUCCEEDED'],
    [{ TimeoutSeconds: 10 }, 'FAILED'],
  ])('of the two, %j is caught by States.HeartbeatTimeout: %s', async (deadlines, status) => {
    const rule = { ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Lost' };
    const record = await ask({ ...deadlines, Catch: [rule] }, () => undefined);
    expect(record.status).toBe(status);
  });

  it('refuses an answer nobody waits for', async () => {
    await using opened = openRunner({ machine: machineOf({ Done: { Type: 'Succeed' } }) });
    expect(() => opened.runner.sendTaskSuccess('unknown', {})).toThrow(/token is unknown/);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: 262,144 bytes
describe('the limit of a payload', () => {
  const big = 'x'.repeat(262_145);

  it.each([['States.ALL'], ['States.TaskFailed']])('is not caught by %s', async (rule) => {
    const { record } = await runMachine(
      machineOf({
        Plan: invoke('plan', { Catch: [{ ErrorEquals: [rule], Next: 'Done' }], Next: 'Done' }),
        Done: { Type: 'Succeed' },
      }),
      { functions: { plan: () => big } },
    );
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('counts bytes of UTF-8, not letters', async () => {
    const { record } = await runMachine(machineOf({ Plan: invoke('plan', { End: true }) }), {
      functions: { plan: () => 'é'.repeat(140_000) },
    });
    expect(record).toMatchObject({ error: 'States.DataLimitExceeded' });
  });
});

describe('a resource that the runner does not know', () => {
  // concepts-error-handling, "States.Runtime": never retried, never caught
  it('is States.Runtime, which nothing catches', async () => {
    const { record } = await runMachine(
      machineOf({
        Send: {
          Type: 'Task',
          Resource: 'arn:aws:states:::sqs:sendMessage',
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
          Next: 'Done',
        },
        Done: { Type: 'Succeed' },
      }),
    );
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });
});

import { describe, expect, it } from 'vitest';
import { invoke, machineOf, openRunner, runMachine } from '../run-machine.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
const nested = (fields: object = {}, more: object = {}) =>
  machineOf({
    Nest: {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Arguments: {
        StateMachineArn: 'arn:aws:states:local:000000000000:stateMachine:child',
        Input: { a: '{% $states.input.a %}' },
        ...fields,
      },
      End: true,
      ...more,
    },
  });
const child = machineOf({ Twice: { Type: 'Succeed', Output: { b: '{% $states.input.a * 2 %}' } } });

describe('a nested execution that is not waited for', () => {
  const begun = (fields: object = {}) =>
    nested(fields, { Resource: 'arn:aws:states:::states:startExecution' });

  // API reference, StartExecution: executionArn and startDate, in PascalCase
  it('gives its ARN, and goes on after its parent has ended', async () => {
    const slow = machineOf({
      Wait: { Type: 'Wait', Seconds: 1, Next: 'Twice' },
      Twice: { Type: 'Succeed', Output: { b: '{% $states.input.a * 2 %}' } },
    });
    await using opened = openRunner({ machine: begun({ Name: 'the-child' }), child: slow });
    const { id } = await opened.runner.start('machine', { a: 21 });
    expect((await opened.runner.wait(id)).output).toEqual({
      ExecutionArn: 'arn:aws:states:local:000000000000:execution:child:the-child',
      StartDate: expect.any(Number),
    });
    expect(opened.runner.describe('the-child')).toMatchObject({ status: 'RUNNING', parent: id });
    expect(await opened.runner.wait('the-child')).toMatchObject({ output: { b: 42 } });
  });

  it('that cannot be started fails under the name of the API error', async () => {
    await using opened = openRunner({ machine: begun({ StateMachineArn: 'arn:nobody' }) });
    const { id } = await opened.runner.start('machine', { a: 2 });
    expect(await opened.runner.wait(id)).toMatchObject({
      error: 'StepFunctions.StateMachineDoesNotExistException',
    });
  });
});

describe('a nested execution', () => {
  // Under .sync:2 the Output is JSON, under .sync a string.
  it('gives its description with the Output as JSON', async () => {
    const { record } = await runMachine(nested({ Name: 'the-child' }), {
      input: { a: 21 },
      machines: { child },
    });
    expect(record.output).toEqual({
      ExecutionArn: 'arn:aws:states:local:000000000000:execution:child:the-child',
      Input: { a: 21 },
      Name: 'the-child',
      Output: { b: 42 },
      StartDate: expect.any(Number),
      StateMachineArn: 'arn:aws:states:local:000000000000:stateMachine:child',
      Status: 'SUCCEEDED',
      StopDate: expect.any(Number),
    });
  });

  it('knows its parent', async () => {
    await using opened = openRunner({ machine: nested({ Name: 'the-child' }), child });
    const { id } = await opened.runner.start('machine', { a: 1 });
    await opened.runner.wait(id);
    expect(opened.runner.describe('the-child').parent).toBe(id);
  });

  it('that fails is States.TaskFailed, its description the Cause', async () => {
    const { record } = await runMachine(nested(), {
      input: { a: 1 },
      machines: { child: machineOf({ F: { Type: 'Fail', Error: 'Sour', Cause: 'milk' } }) },
    });
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(record.cause ?? '')).toMatchObject({
      Status: 'FAILED',
      Error: 'Sour',
      Cause: 'milk',
    });
  });

  it('whose name is taken fails under the name of the API error', async () => {
    await using opened = openRunner({ machine: nested({ Name: 'taken' }), child });
    await opened.runner.wait((await opened.runner.start('child', { a: 1 }, { name: 'taken' })).id);
    const { id } = await opened.runner.start('machine', { a: 2 });
    expect(await opened.runner.wait(id)).toMatchObject({
      error: 'StepFunctions.ExecutionAlreadyExistsException',
    });
  });

  // API reference, StartExecution: a closed execution keeps its name
  it('whose name its own parent has used fails so too', async () => {
    const machine = nested({ Name: 'the-child' });
    const { Nest } = (machine as { States: { Nest: object } }).States;
    const { record } = await runMachine(
      machineOf({
        Nest: { ...Nest, End: undefined, Output: '{% $states.input %}', Next: 'Again' },
        Again: Nest,
      }),
      { input: { a: 1 }, machines: { child } },
    );
    expect(record).toMatchObject({ error: 'StepFunctions.ExecutionAlreadyExistsException' });
  });

  // GitHub localstack/localstack, tests/aws/services/stepfunctions/v2/error_handling/
  // test_task_service_sfn.snapshot.json, recorded on AWS
  it.each([
    [{ StateMachineArn: 'arn:of:nothing' }, 'StepFunctions.StateMachineDoesNotExistException'],
    [{ Name: 'no spaces' }, 'StepFunctions.InvalidNameException'],
  ])('that cannot start for %j fails with %s', async (given, error) => {
    const { record } = await runMachine(nested(given), { input: { a: 1 }, machines: { child } });
    expect(record).toMatchObject({ status: 'FAILED', error });
  });

  // connect-to-resource, "Run a Job (.sync)": a stopped parent stops what it waits for
  it.each([
    ['is stopped', {}, 'ABORTED'],
    ['times out', { TimeoutSeconds: 1 }, 'FAILED'],
  ])('ends when its parent %s', async (_, more, status) => {
    const started = Promise.withResolvers<void>();
    await using opened = openRunner(
      {
        machine: nested({ Name: 'slow' }, more),
        child: machineOf({ S: invoke('hang', { End: true }) }),
      },
      {
        functions: {
          hang: () => {
            started.resolve();
            return new Promise(() => undefined);
          },
        },
      },
    );
    const { id } = await opened.runner.start('machine', { a: 1 });
    await started.promise;
    if (status === 'ABORTED') await opened.runner.stop(id, { cause: 'enough' });
    expect(await opened.runner.wait(id)).toMatchObject({ status });
    expect(opened.runner.describe('slow').status).toBe('ABORTED');
  });
});

import { describe, expect, it } from 'vitest';
import { invoke, jumpingClock, machineOf, runMachine } from '../run-machine.ts';

const outputOf = async (states: Record<string, object>, input = {}) =>
  (await runMachine(machineOf(states), { input })).record;

// https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html, state-succeed.html, state-fail.html
describe('Pass, Succeed and Fail', () => {
  it('passes its input on', async () => {
    const record = await outputOf({ P: { Type: 'Pass', End: true } }, { a: 1 });
    expect(record).toMatchObject({ status: 'SUCCEEDED', output: { a: 1 } });
  });

  it('gives what Output says', async () => {
    const record = await outputOf(
      { S: { Type: 'Succeed', Output: { twice: '{% $states.input.a * 2 %}', kept: true } } },
      { a: 2 },
    );
    expect(record.output).toEqual({ twice: 4, kept: true });
  });

  it('fails with Error and Cause, evaluated', async () => {
    const record = await outputOf(
      { F: { Type: 'Fail', Error: '{% $states.input.name %}', Cause: 'because' } },
      { name: 'Sour' },
    );
    expect(record).toMatchObject({ status: 'FAILED', error: 'Sour', cause: 'because' });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
describe('Choice', () => {
  const choose = (choice: object, input: object) =>
    outputOf(
      {
        C: { Type: 'Choice', ...choice },
        Big: { Type: 'Pass', Output: "{% 'big ' & $size %}", End: true },
        Small: { Type: 'Pass', Output: "{% 'small ' & $size %}", End: true },
      },
      input,
    );
  const choices = {
    Choices: [
      { Condition: '{% $states.input.n > 100 %}', Assign: { size: 'huge' }, Next: 'Big' },
      { Condition: '{% $states.input.n > 10 %}', Assign: { size: 'large' }, Next: 'Big' },
    ],
    Assign: { size: 'default' },
    Default: 'Small',
  };

  it.each([
    [{ n: 1000 }, 'big huge'],
    [{ n: 11 }, 'big large'],
    [{ n: 1 }, 'small default'],
  ])('%j takes the first rule that holds, with its own Assign', async (input, expected) => {
    expect((await choose(choices, input)).output).toBe(expected);
  });

  // concepts-error-handling, "States.NoChoiceMatched"
  it('fails with States.NoChoiceMatched without a Default', async () => {
    const record = await choose({ ...choices, Default: undefined }, { n: 1 });
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });

  // state-choice, "Condition … must evaluate to a boolean"
  it('fails when a Condition is no boolean', async () => {
    const record = await choose(
      { Choices: [{ Condition: "{% 'yes' %}", Next: 'Big' }], Default: 'Small' },
      {},
    );
    expect(record).toMatchObject({ error: 'States.QueryEvaluationError' });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
describe('Wait', () => {
  const waited = async (wait: object, input = {}) => {
    const clock = jumpingClock('2026-11-21T02:00:00.000Z');
    const machine = machineOf({ W: { Type: 'Wait', ...wait, End: true } });
    const { record } = await runMachine(machine, { input, options: { clock } });
    return { record, now: clock.now().toISOString() };
  };

  it.each([
    [{ Seconds: 90 }, {}, '2026-11-21T02:01:30.000Z'],
    [{ Seconds: '{% $states.input.s %}' }, { s: 7 }, '2026-11-21T02:00:07.000Z'],
    [{ Timestamp: '2026-11-21T03:00:00Z' }, {}, '2026-11-21T03:00:00.000Z'],
    // "truncates milliseconds"
    [
      { Timestamp: '{% $states.input.t %}' },
      { t: '2026-11-21T02:30:00.900Z' },
      '2026-11-21T02:30:00.000Z',
    ],
    [{ Timestamp: '2020-01-01T00:00:00Z' }, {}, '2026-11-21T02:00:00.000Z'],
  ])('%j waits until %3$s', async (wait, input, until) => {
    const { record, now } = await waited(wait, input);
    expect(record.status).toBe('SUCCEEDED');
    expect(now).toBe(until);
  });

  it.each([[{ Seconds: '{% -1 %}' }], [{ Seconds: '{% 1.5 %}' }], [{ Timestamp: '{% "soon" %}' }]])(
    'refuses %j',
    async (wait) => {
      expect((await waited(wait)).record).toMatchObject({ error: 'States.QueryEvaluationError' });
    },
  );
});

// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
describe('variables', () => {
  it('are seen by later states, not by the Output of their own', async () => {
    const { record } = await runMachine(
      machineOf({
        A: { Type: 'Pass', Assign: { x: 1 }, Next: 'B' },
        B: { Type: 'Pass', Assign: { x: 2, y: '{% $x %}' }, Output: '{% $x %}', Next: 'C' },
        C: { Type: 'Pass', Output: ['{% $states.input %}', '{% $x %}', '{% $y %}'], End: true },
      }),
    );
    expect(record.output).toEqual([1, 2, 1]);
  });

  it('are set from the result of a task', async () => {
    const { record } = await runMachine(
      machineOf({
        Plan: invoke('plan', { Assign: { plan: '{% $states.result.Payload %}' }, Next: 'Done' }),
        Done: { Type: 'Succeed', Output: '{% $plan.source %}' },
      }),
      { functions: { plan: () => ({ source: 'orders' }) } },
    );
    expect(record.output).toBe('orders');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
describe('$states.context', () => {
  it('tells of the execution, the state and the machine', async () => {
    const record = await outputOf(
      { Look: { Type: 'Pass', Output: '{% $states.context %}', End: true } },
      { a: 1 },
    );
    expect(record.output).toEqual({
      Execution: {
        Id: 'arn:aws:states:local:000000000000:execution:machine:run',
        Input: { a: 1 },
        Name: 'run',
        RoleArn: expect.stringMatching(/^arn:/),
        StartTime: '2026-11-21T02:00:00.000Z',
        RedriveCount: 0,
      },
      State: { EnteredTime: '2026-11-21T02:00:00.000Z', Name: 'Look', RetryCount: 0 },
      StateMachine: {
        Id: 'arn:aws:states:local:000000000000:stateMachine:machine',
        Name: 'machine',
      },
    });
  });
});
